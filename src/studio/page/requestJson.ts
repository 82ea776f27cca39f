/** Files, lists and history come by HTTP. */

/** The server did not let the page in: it wants the token. */
export class UnauthorizedError extends Error {}

/** The server refused; `answer` is all that it said. */
export class RefusedError extends Error {
  readonly answer: object;

  constructor(message: string, answer: object) {
    super(message);
    this.answer = answer;
  }
}

/**
 * What an address answers.
 * @param body makes it a POST
 * @throws Error when nobody answers, UnauthorizedError without a session, RefusedError with the server's words for anything else
 */
export async function requestJson<Answer>(
  url: string,
  { method = 'GET', body }: { readonly method?: string; readonly body?: object } = {},
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    ...(method !== 'GET' && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    }),
  }).catch(() => {
    throw new Error('The studio does not answer.');
  });
  if (answer.status === 401) throw new UnauthorizedError('This studio needs its token.');
  const content: unknown = answer.status === 204 ? undefined : await answer.json().catch(() => undefined);
  if (answer.ok) return content as Answer;
  const said = Object(content) as { readonly error?: unknown };
  const reason = typeof said.error === 'string' ? said.error : `The server answered ${answer.status}.`;
  throw new RefusedError(reason, said);
}
