/** Addresses that sinks are given. */
import { SinkError } from '../../src/errors.ts';

/**
 * @param text an http or https address, as a configuration or an environment variable has it
 * @throws SinkError for anything else, and for one with a user name or password in it: those belong into environment
 * variables, because the configuration is copied into the run folder. The message does not repeat the address.
 */
export function sinkUrl(text: string, sink: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new SinkError(`The sink "${sink}" needs an address that begins with http:// or https://.`, sink);
  if (url.username !== '' || url.password !== '')
    throw new SinkError(
      `The address of the sink "${sink}" holds a password, which would be written into the run folder: take it out, and give it by an environment variable (docs/sinks.md).`,
      sink,
    );
  return url;
}

/** An address below `base`. @param path without a leading slash */
export function urlBelow(base: URL, path: string): URL {
  const folder = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`;
  return new URL(`${folder}${path}`, base);
}
