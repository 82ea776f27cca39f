/** Asks for pictures: the newest camera, one question at a time. What moved on meanwhile is asked for next; nothing ever waits in a row. */
import type { Look } from '../../protocol.ts';

/** What a look shows; its serial is given when it is sent. */
export type Wanted = Omit<Look, 'type' | 'serial'>;

/** A question that is not answered for so long (an evaluation holds the model) is replaced by a newer one. The server draws the newest alone. */
const patienceMs = 400;

export class Looker {
  readonly #send: (look: Look) => boolean;
  #serial = 0;
  #newest: { readonly wanted: Wanted; readonly onAsked: (serial: number) => void } | undefined;
  /** The newest has not been sent yet. */
  #isDue = false;
  /** Sent, and nothing came for it yet. */
  #unanswered: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (look: Look) => boolean) {
    this.#send = send;
  }

  /** The camera has moved, or something else is to be shown. @param onAsked is told the look's serial, if it is not overtaken before it is sent */
  want(wanted: Wanted, onAsked: (serial: number) => void): void {
    this.#newest = { wanted, onAsked };
    this.#isDue = true;
    if (this.#unanswered === undefined) this.#ask();
  }

  /** A picture came, or word that there will be none. */
  answered(serial: number): void {
    if (this.#unanswered === undefined || serial < this.#unanswered) return;
    this.#settle();
    if (this.#isDue) this.#ask();
  }

  /** A new connection knows of no look: the newest one is asked for again. */
  restart(): void {
    this.#settle();
    this.#isDue = this.#newest !== undefined;
    if (this.#isDue) this.#ask();
  }

  dispose(): void {
    this.#settle();
    this.#newest = undefined;
  }

  #ask(): void {
    if (!this.#newest) return;
    // Serials go on over connections, so that a late picture is never taken for a new one.
    const look: Look = { type: 'look', serial: this.#serial + 1, ...this.#newest.wanted };
    if (!this.#send(look)) return;
    this.#newest.onAsked(look.serial);
    this.#serial = look.serial;
    this.#isDue = false;
    this.#unanswered = look.serial;
    this.#timer = setTimeout(() => this.answered(look.serial), patienceMs);
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#unanswered = undefined;
  }
}
