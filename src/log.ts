/** Where messages for people go, as much of it as the library needs; a pino logger is one. */
export type LogFunction = (fields: object, message: string) => void;

/** How far something has come that takes long. */
export interface Progress {
  /** `decoding photos` */
  readonly what: string;
  readonly done: number;
  readonly total: number;
  /** What goes on now, in a few words. */
  readonly detail?: string;
}

/**
 * Seconds that are left, if the rest goes as fast as what was done since the start.
 * @param begun how far the work was at its start
 * @returns undefined while nothing was done
 */
export function secondsLeft(
  { done, total }: Pick<Progress, 'done' | 'total'>,
  begun: number,
  elapsedSeconds: number,
): number | undefined {
  return done > begun ? (elapsedSeconds * (total - done)) / (done - begun) : undefined;
}

export interface Log {
  readonly debug: LogFunction;
  /** What carries the field `tell: true` is said to people at once; the rest is for the log alone. */
  readonly info: LogFunction;
  readonly warn: LogFunction;
  readonly error: LogFunction;
  /** Shows people how far something has come; nothing of it is kept. */
  readonly progress?: (progress: Progress) => void;
}
