/** HTTP requests of sinks: JSON in both directions, a time limit, errors of one line that hold no secrets. */

export interface JsonRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** May hold secrets: they appear in no error. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Ends the request when the run no longer waits. */
  readonly deadline?: AbortSignal | undefined;
}

/** An answer that is no success. */
export class HttpError extends Error {
  constructor(
    message: string,
    /** HTTP status code. */
    readonly status: number,
    /** The answer's text. */
    readonly answer: string,
  ) {
    super(message);
    this.name = 'HttpError';
  }
}

/**
 * @param url only its origin appears in errors: the rest may be secret
 * @returns what the answer holds as JSON; `undefined` if that is nothing or no JSON
 * @throws HttpError for an answer that is no success, Error when there is none
 */
export async function requestJson(url: URL, request: JsonRequest): Promise<unknown> {
  const { method = 'POST', body, headers = {}, timeoutMs, deadline } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: deadline ? AbortSignal.any([timeout, deadline]) : timeout,
      redirect: 'error',
    });
    text = await response.text();
  } catch (cause) {
    const reason = timeout.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(cause);
    throw new Error(`${url.origin} cannot be reached (${reason})`);
  }
  if (!response.ok) {
    const firstLine = text.split('\n', 1)[0]!.slice(0, 200);
    throw new HttpError(`${url.origin} answered ${response.status}: ${firstLine}`, response.status, text);
  }
  return parsed(text);
}

/** Whether the same request may succeed later: the network, a busy or restarting server. */
export function isTemporary(error: unknown): boolean {
  return !(error instanceof HttpError) || [408, 425, 429].includes(error.status) || error.status >= 500;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch` hides the reason in the error's cause; for several addresses it has a code and no message. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const { code, message: inner } = (cause ?? {}) as { code?: string; message?: string };
  return code ?? inner ?? message;
}
