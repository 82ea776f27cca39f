/** One open page: what comes from it is checked and counted, what goes to it never piles up. */
import sharp from 'sharp';
import type { View, ViewedPicture } from '../../machines/viewDesk.ts';
import { outputPicture } from '../pipeline/outputPicture.ts';
import type { RenderedImage } from '../pipeline/pipeline.ts';
import {
  type ClientMessage,
  clientMessage,
  encodePicture,
  type Look,
  maxClientMessageBytes,
  maxClientMessagesPerSecond,
  type ServerMessage,
} from './protocol.ts';
import type { WebSocket } from './webLibraries.ts';

/** What a page's messages lead to. */
export interface VisitorHandlers {
  look(view: View | undefined): void;
  /** A picture has arrived. */
  seen(): void;
  /** Does what goes on beside the training. */
  encoding<Result>(work: () => Promise<Result>): Promise<Result>;
  setShare(value: number): void;
  request(id: number, request: unknown): void;
  gone(): void;
}

export interface Visitor {
  readonly number: number;
  send(message: ServerMessage): void;
  /** The same message to many: made into text once. */
  sendText(text: string): void;
  /** Resolves when the picture, or why it cannot be shown, is on its way. */
  show(picture: ViewedPicture): Promise<void>;
  end(code: number, reason: string): void;
}

/** Text that waits for a page that does not read: more ends the connection. */
const maxBacklogBytes = 8 * 2 ** 20;
/** Messages that are refused before the connection is ended. */
const maxRefusals = 10;
/** Looks whose pictures may still come. */
const rememberedLooks = 16;
const jpegQuality = 82;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const policyViolation = 1008;
const tryAgainLater = 1013;

/** @param number the visitor's own, at the view desk */
export function createVisitor(socket: WebSocket, number: number, handlers: VisitorHandlers): Visitor {
  const looks = new Map<number, Look>();
  /** For each picture on its way, how many of its frames have not been shown. */
  const unshown: number[] = [];
  const mayGoOn = limitMessages();
  let refusals = 0;

  const end = (code: number, reason: string): void => socket.close(code, reason);
  const sendText = (text: string): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > maxBacklogBytes) {
      end(tryAgainLater, 'too slow');
      socket.terminate();
    } else socket.send(text);
  };
  const send = (message: ServerMessage): void => sendText(JSON.stringify(message));
  const refuse = (error: string): void => {
    send({ type: 'refused', error });
    if (++refusals > maxRefusals) end(policyViolation, 'too many messages that were refused');
  };
  const take = (message: ClientMessage): void => {
    if (message.type === 'look') {
      looks.set(message.serial, message as Look);
      if (looks.size > rememberedLooks) looks.delete(looks.keys().next().value!);
      handlers.look(viewOf(message as Look));
    } else if (message.type === 'unlook') handlers.look(undefined);
    else if (message.type === 'shown') {
      if (unshown.length === 0 || --unshown[0]! > 0) return;
      unshown.shift();
      handlers.seen();
    } else if (message.type === 'share') handlers.setShare(message.value);
    else handlers.request(message.id, message.request);
  };

  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (socket.readyState !== socket.OPEN) return;
    if (!mayGoOn(Date.now())) return end(policyViolation, 'too many messages');
    const parsed = isBinary || data.length > maxClientMessageBytes ? undefined : parse(data);
    if (parsed?.success) take(parsed.data);
    else refuse(parsed ? reasonOf(parsed.error) : 'no message of this protocol');
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => handlers.gone());

  return {
    number,
    send,
    sendText,
    end,
    async show(picture) {
      if ('error' in picture)
        return send({ type: 'lookFailed', serial: picture.serial, error: picture.error });
      const look = looks.get(picture.serial);
      if (!look) return handlers.seen();
      const frames = await handlers
        .encoding(() => Promise.all(look.outputs.map((_, output) => encode(picture, look, output))))
        .catch((error: Error) => send({ type: 'lookFailed', serial: picture.serial, error: error.message }));
      if (!frames) return handlers.seen();
      if (socket.readyState !== socket.OPEN) return;
      unshown.push(frames.length);
      for (const frame of frames) socket.send(frame);
    },
  };
}

function viewOf({ serial, camera, outputs, background, crop }: Look): View {
  return {
    ...{ serial, camera, outputs: [...new Set(outputs)] },
    ...(background && { background }),
    ...(crop && { crop }),
  };
}

/** JPEG, encoded in a thread of libuv's. */
async function encode(
  picture: ViewedPicture & { readonly image: RenderedImage },
  { outputs, range, colorMap }: Look,
  output: number,
): Promise<Uint8Array> {
  const { serial, step, image, isSharp, milliseconds } = picture as Extract<
    ViewedPicture,
    { image: unknown }
  >;
  const shown = outputPicture(image, image.outputs[outputs[output]!]!, range, colorMap);
  const { width, height, data } = shown.picture;
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: jpegQuality, chromaSubsampling: '4:2:0' })
    .toBuffer();
  const size = { width, height, milliseconds };
  return encodePicture({
    serial,
    output,
    step,
    isSharp,
    ...size,
    ...(shown.range && { range: shown.range }),
    jpeg,
  });
}

function parse(data: Buffer) {
  try {
    return clientMessage.safeParse(JSON.parse(data.toString('utf8')));
  } catch {
    return undefined;
  }
}

function reasonOf({
  issues,
}: {
  readonly issues: readonly { path: PropertyKey[]; message: string }[];
}): string {
  const [first] = issues;
  return first ? [...first.path.map(String), first.message].join(' ').slice(0, 300) : 'not understood';
}

/** Counts the messages of each second. */
function limitMessages(): (now: number) => boolean {
  let began = 0;
  let count = 0;
  return (now) => {
    if (now - began >= 1000) {
      began = now;
      count = 0;
    }
    return ++count <= maxClientMessagesPerSecond;
  };
}
