/** A visitor of a studio, without a browser. */
import WebSocket from 'ws';
import { decodePicture, type Picture, type ServerMessage } from '../../src/studio/protocol.ts';
import { eventually } from '../support/eventually.ts';

/** An open page, by what it sends and what it is told. It says of each picture that it has arrived. */
export async function visit(address: string) {
  const socket = new WebSocket(`${address.replace('http', 'ws')}socket`, { origin: new URL(address).origin });
  socket.binaryType = 'arraybuffer';
  const messages: ServerMessage[] = [];
  const pictures: Picture[] = [];
  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      pictures.push(decodePicture(data as ArrayBuffer));
      socket.send('{"type":"shown"}');
    } else messages.push(JSON.parse(String(data)) as ServerMessage);
  });
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
  return { messages, pictures, wait, send, scene, answer };
}
