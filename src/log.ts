/** Where messages for people go, as much of it as the library needs; a pino logger is one. */
export type LogFunction = (fields: object, message: string) => void;

/** How far something has come that takes long. */
export interface Progress {
  /** `decoding photos` */
  readonly what: string;
  readonly done: number;
  readonly total: number;
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
