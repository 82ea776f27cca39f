/** Who may speak to the studio: this machine's own pages, and with a token others. */
import { timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import os from 'node:os';
import type { FastifyInstance, FastifyReply, FastifyRequest } from './webLibraries.ts';

export interface GuardOptions {
  /** Where the server listens. */
  readonly host: string;
  /** What others need; undefined: nothing. */
  readonly token: string | undefined;
}

/** Nothing from elsewhere, nothing inline, in no frame of anybody else's; no answer is for another site. */
const headers: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/**
 * Puts itself before every answer. A name in `Host` that is not this machine's (DNS rebinding) and an `Origin` that is not the page's own are
 * refused, also for WebSockets, which browsers open across sites. With a token, `/api` and `/socket` need the cookie that `POST /api/session` sets.
 */
export function guard(app: FastifyInstance, { host, token }: GuardOptions): void {
  const names = new Set(['localhost', os.hostname().toLowerCase(), host.toLowerCase()]);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    const refusal = refusalOf(request, names);
    if (refusal !== undefined) return refuse(reply, 403, refusal);
    if (token === undefined || !needsToken(request.routeOptions.url)) return;
    if (!isEqual(cookieOf(request), token))
      return refuse(reply, 401, 'the address with its token is needed: it was printed when the studio began');
  });
  app.post('/api/session', { config: { rateLimit: { max: 20, timeWindow: 60_000 } } }, (request, reply) => {
    const given = (request.body as { token?: unknown } | null)?.token;
    if (token !== undefined && !(typeof given === 'string' && isEqual(given, token)))
      return refuse(reply, 401, 'another token');
    if (token !== undefined)
      reply.header('set-cookie', `${cookieName(request)}=${token}; Path=/; HttpOnly; SameSite=Strict`);
    return reply.code(204).send();
  });
}

function refuse(reply: FastifyReply, code: number, error: string): FastifyReply {
  return reply.code(code).send({ error });
}

/** @param route the pattern that the request was found by, not its address, which can be written in many ways; undefined: there is nothing */
function needsToken(route: string | undefined): boolean {
  return route !== undefined && /^\/(api|socket)(?!\/session$)/.test(route);
}

function refusalOf(
  { headers: { host, origin } }: FastifyRequest,
  names: ReadonlySet<string>,
): string | undefined {
  const name = hostnameOf(host ?? '');
  if (name === undefined || !(isIP(name) > 0 || names.has(name)))
    return 'the studio is not known under this name; use the address that was printed';
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host))
    return 'the request comes from another site';
  return undefined;
}

/** Without the port: it may be a tunnel's. */
function hostnameOf(host: string): string | undefined {
  const url = `http://${host}/`;
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(url)) return undefined;
  return new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

/** Browsers send cookies to all ports of a machine: two studios keep theirs apart. */
function cookieName({ headers: { host } }: FastifyRequest): string {
  return `nerfstream-${/:(\d+)$/.exec(host ?? '')?.[1] ?? '80'}`;
}

function cookieOf(request: FastifyRequest): string {
  const name = `${cookieName(request)}=`;
  const cookies = (request.headers.cookie ?? '').split(/;\s*/);
  return cookies.find((cookie) => cookie.startsWith(name))?.slice(name.length) ?? '';
}

/** In a time that does not depend on where they differ. */
function isEqual(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
