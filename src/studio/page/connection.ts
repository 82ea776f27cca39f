/** The page's WebSocket: opens it, opens it again when it is lost, matches answers with requests. */
import type { TrainerCommand } from '../../../machines/commands.ts';
import { type ClientMessage, decodePicture, type Picture, type ServerMessage } from '../protocol.ts';

export type ConnectionState = 'connecting' | 'open' | 'lost';

export interface ConnectionOptions {
  /** Address of the socket, asked for at each try. */
  readonly url: () => string;
  readonly onState: (state: ConnectionState) => void;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onPicture: (picture: Picture) => void;
}

/** Waiting times before tries, milliseconds; the last one from then on. */
const backOffMs = [250, 500, 1000, 2000, 4000];
/** After being told that the run cannot be shown: each try costs the server the opening of its checkpoint. */
const unavailableMs = 20_000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #waiting = new Map<number, Waiting>();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #isUnavailable = false;
  #lastId = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Opens the connection at once, in place of one that there may be. */
  open(): void {
    clearTimeout(this.#timer);
    this.#leave();
    const socket = new WebSocket(this.#options.url());
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#options.onState('connecting');
    socket.onopen = () => {
      this.#options.onState('open');
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.#lost();
  }

  /** @returns whether there was a connection to send it on */
  send(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Gives the run a command; rejects with what the server has against it, or when the connection is lost before it answered. */
  request(command: TrainerCommand): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.send({ type: 'request', id, request: command })) this.#waiting.set(id, { resolve, reject });
      else reject(new Error('There is no connection to the run at present.'));
    });
  }

  #receive(data: string | ArrayBuffer): void {
    if (typeof data !== 'string') this.#options.onPicture(decodePicture(data));
    else {
      const message = JSON.parse(data) as ServerMessage;
      this.#isUnavailable = message.type === 'unavailable';
      if (message.type === 'hello') this.#tries = 0;
      if (message.type === 'response') this.#settle(message);
      else this.#options.onMessage(message);
    }
  }

  #settle(response: ServerMessage & { readonly type: 'response' }): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if (response.ok) waiting?.resolve(response.answer);
    else waiting?.reject(new Error(response.error));
  }

  #lost(): void {
    this.#leave();
    this.#options.onState('lost');
    const tries = Math.min(this.#tries++, backOffMs.length - 1);
    const pause = this.#isUnavailable ? unavailableMs : backOffMs[tries]!;
    this.#isUnavailable = false;
    // Visitors who lost the same server do not all come back in one moment.
    this.#timer = setTimeout(() => this.open(), pause * (0.75 + Math.random() / 2));
  }

  #leave(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    for (const { reject } of this.#waiting.values())
      reject(new Error('The connection was lost before the run answered.'));
    this.#waiting.clear();
  }
}
