/** What a dataparser has to say that is no error. */

/** Takes one line each; a pino logger is one, and so is `console`. */
export interface DataLog {
  warn(message: string): void;
}

/** One warning for all frames whose image does not exist; none if there are none. */
export function warnOfMissing(log: DataLog, source: string, missing: readonly string[]): void {
  if (missing.length === 0) return;
  const frames = missing.length === 1 ? '1 frame is' : `${missing.length} frames are`;
  log.warn(`${source}: ${frames} left out because the image does not exist (the first is ${missing[0]}).`);
}
