/** Where messages for people go, as much of it as the library needs; a pino logger is one. */
export type LogFunction = (fields: object, message: string) => void;

export interface Log {
  readonly debug: LogFunction;
  readonly info: LogFunction;
  readonly warn: LogFunction;
  readonly error: LogFunction;
}
