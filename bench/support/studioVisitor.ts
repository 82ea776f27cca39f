/** Somebody with an open page of a studio, without a browser. */
import { EventEmitter, once } from 'node:events';
import WebSocket from 'ws';
import { decodePicture, type ServerMessage, type StudioCamera } from '../../src/studio/protocol.ts';

/** A page sends a look with every frame that it draws. */
const lookEveryMs = 16;

export interface StudioVisitor {
  /** From one photo's camera to the next, as fast as pictures come. @returns pictures a second */
  fly(seconds: number): Promise<number>;
  /** Looks elsewhere; resolves when the picture is whole. */
  rest(): Promise<void>;
  /** Looks elsewhere and waits so long. @returns milliseconds to the first picture; undefined if none came */
  move(seconds: number): Promise<number | undefined>;
  /** At nothing any more. */
  unlook(): void;
  close(): void;
}

/** @param address as it is printed @param size of the pictures, in pixels */
export async function visitStudio(
  address: string,
  size: { readonly width: number; readonly height: number },
): Promise<StudioVisitor> {
  const socket = new WebSocket(`${address.replace('http', 'ws')}socket`);
  socket.binaryType = 'arraybuffer';
  const sent = new Map<number, number>();
  const sharp = new EventEmitter();
  let pictures = 0;
  /** Milliseconds from a look to its first picture, by its number. */
  const firstArrivals = new Map<number, number>();
  const cameras = await new Promise<readonly StudioCamera[]>((resolve) =>
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        const { serial, isSharp } = decodePicture(data as ArrayBuffer);
        pictures++;
        // A picture of the look before may still come after a new one.
        if (!firstArrivals.has(serial))
          firstArrivals.set(serial, performance.now() - (sent.get(serial) ?? Number.NaN));
        if (isSharp) sharp.emit('picture');
        return socket.send('{"type":"shown"}');
      }
      const message = JSON.parse(String(data)) as ServerMessage;
      if (message.type === 'hello' && message.scene) resolve(message.scene.train);
    }),
  );
  let serial = 0;
  const look = () => {
    const { cameraToWorld } = cameras[serial % cameras.length]!.camera;
    sent.set(++serial, performance.now());
    const camera = { cameraToWorld, ...size, fx: 400, fy: 400 };
    socket.send(JSON.stringify({ type: 'look', serial, camera, outputs: ['rgb'] }));
  };
  const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return {
    async fly(seconds) {
      const [before, began] = [pictures, performance.now()];
      const flying = setInterval(look, lookEveryMs);
      await wait(seconds);
      clearInterval(flying);
      return ((pictures - before) / (performance.now() - began)) * 1000;
    },
    async rest() {
      const isWhole = once(sharp, 'picture');
      look();
      await isWhole;
    },
    async move(seconds) {
      look();
      const looked = serial;
      await wait(seconds);
      return firstArrivals.get(looked);
    },
    unlook: () => socket.send('{"type":"unlook"}'),
    close: () => socket.close(),
  };
}
