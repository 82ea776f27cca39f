/** The account of one sink: how many events it got, how many were lost, and why; says the first trouble in the log. */
import type { Log } from '../src/log.ts';
import type { SinkReport } from './sink.ts';

export class SinkAccount {
  readonly #name: string;
  readonly #log: Pick<Log, 'warn'>;
  readonly #said = new Set<string>();
  #delivered = 0;
  #dropped = 0;
  #error: string | undefined;

  constructor(name: string, log: Pick<Log, 'warn'>) {
    this.#name = name;
    this.#log = log;
  }

  /** Events that the sink took. */
  delivered(count: number): void {
    this.#delivered += count;
  }

  /** Events that were lost before the sink took them. */
  dropped(count: number): void {
    this.#dropped += count;
  }

  /** Events that are lost although they were counted as delivered, or will be. */
  takenBack(count: number): void {
    this.#delivered -= count;
    this.#dropped += count;
  }

  /** Events made room for newer ones: says so, the first time. */
  overflowed(count: number): void {
    this.#dropped += count;
    this.#sayOnce('overflow', 'cannot keep up: its oldest events are dropped and counted.');
  }

  /** The sink failed: says so, the first time. */
  failed(error: unknown): void {
    this.#error = firstLineOf(error);
    this.#sayOnce('failure', `failed: ${this.#error}. Training goes on; this is said once.`);
  }

  /** The sink failed and tries again: says so, the first time. */
  retrying(error: unknown): void {
    this.#sayOnce(
      'retry',
      `failed and tries again: ${firstLineOf(error)}. Nothing is lost yet; this is said once.`,
    );
  }

  /** The run no longer waits for the sink: says so. */
  tooLate(flushTimeoutMs: number): void {
    this.#error = `did not finish within ${flushTimeoutMs} ms of the run's end`;
    this.#sayOnce('deadline', `${this.#error}; what it has not dealt with is lost.`);
  }

  report(): SinkReport {
    const delivered = Math.max(0, this.#delivered);
    const counts = { name: this.#name, delivered, dropped: this.#dropped };
    return this.#error === undefined ? counts : { ...counts, error: this.#error };
  }

  #sayOnce(what: string, message: string): void {
    if (this.#said.has(what)) return;
    this.#said.add(what);
    this.#log.warn({ sink: this.#name }, `The sink "${this.#name}" ${message}`);
  }
}

function firstLineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}
