/** Matches answers with questions, for two sides that exchange plain messages: the machine and its tasks, two threads, a socket. */
import { CommandError } from '../src/errors.ts';

export interface PendingAnswers {
  /** Sends a question under a number of its own. @returns its answer; rejects with CommandError once the run has ended */
  ask(send: (id: number) => void): Promise<unknown>;
  /** An answer has come; one that nobody waits for is left out. */
  resolve(id: number, answer: unknown): void;
  reject(id: number, error: unknown): void;
  /** The run has ended: nothing is answered any more. */
  close(): void;
}

/** @example const answer = await pending.ask((id) => worker.postMessage({ id, command })) */
export function createPendingAnswers(): PendingAnswers {
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: unknown): void }>();
  let count = 0;
  let closed = false;
  const take = (id: number) => {
    const question = waiting.get(id);
    waiting.delete(id);
    return question;
  };
  const ended = () => new CommandError('the run ended before the command took effect');
  return {
    ask: (send) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(ended());
        const id = ++count;
        waiting.set(id, { resolve, reject });
        send(id);
      }),
    resolve: (id, answer) => take(id)?.resolve(answer),
    reject: (id, error) => take(id)?.reject(error),
    close() {
      closed = true;
      for (const { reject } of waiting.values()) reject(ended());
      waiting.clear();
    },
  };
}
