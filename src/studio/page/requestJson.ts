/** Files, lists and history come by HTTP. */

/** The server did not let the page in: it wants the token. */
export class UnauthorizedError extends Error {}

/**
 * What an address answers.
 * @param body makes it a POST
 * @throws UnauthorizedError without a session, Error with the server's words for anything else
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
  });
  if (answer.status === 401) throw new UnauthorizedError('This studio needs its token.');
  const content: unknown = answer.status === 204 ? undefined : await answer.json().catch(() => undefined);
  if (answer.ok) return content as Answer;
  const { error } = Object(content) as { readonly error?: unknown };
  throw new Error(typeof error === 'string' ? error : `The server answered ${answer.status}.`);
}
