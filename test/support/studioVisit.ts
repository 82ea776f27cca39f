/** A visitor of a studio, without a browser. */
import WebSocket from 'ws';
import { decodePicture, type Picture, type ServerMessage } from '../../src/studio/protocol.ts';
import { eventually } from './eventually.ts';

export interface VisitOptions extends WebSocket.ClientOptions {
  /** Does not say of pictures that they have arrived. */
  readonly isSlow?: boolean;
  /** Default: the one that the server chooses. */
  readonly run?: string;
}

/** An open page, by what it sends and what it is told. @throws an error with the status of a server that refuses it */
export async function visit(address: string, { isSlow = false, run, ...options }: VisitOptions = {}) {
  const query = run === undefined ? '' : `?run=${encodeURIComponent(run)}`;
  const { href, origin } = new URL(`socket${query}`, address);
  const socket = new WebSocket(href.replace('http', 'ws'), { origin, ...options });
  socket.binaryType = 'arraybuffer';
  const messages: ServerMessage[] = [];
  const pictures: Picture[] = [];
  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      pictures.push(decodePicture(data as ArrayBuffer));
      if (!isSlow) socket.send('{"type":"shown"}');
    } else messages.push(JSON.parse(String(data)) as ServerMessage);
  });
  /** The close code. */
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  const wait = <T>(find: () => T | undefined): Promise<T> =>
    eventually(
      () => {
        const found = find();
        if (found === undefined) throw new Error('not yet');
        return found;
      },
      { timeout: 60_000 },
    );
  const send = (message: object) => socket.send(JSON.stringify(message));
  const scene = () =>
    wait(() => messages.flatMap((one) => (one.type === 'hello' && one.scene ? [one] : [])).at(-1));
  const answer = (id: number) => wait(() => messages.find((one) => one.type === 'response' && one.id === id));
  return { socket, closed, messages, pictures, wait, send, scene, answer };
}
