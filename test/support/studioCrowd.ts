/** People at a studio, many of them, and one who means harm. All speak to a studio that needs its token. */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import type { ServerMessage, StudioCamera } from '../../src/studio/protocol.ts';

/** A studio as its visitors reach it. */
export interface Door {
  /** `http://127.0.0.1:8080`: without a path. */
  readonly origin: string;
  readonly cookie: string;
}

/** Gives the token of a printed address, which may name all addresses of the machine. */
export async function openDoor(address: string): Promise<Door> {
  const { port, hash } = new URL(address);
  const origin = `http://127.0.0.1:${port}`;
  const token = hash.replace('#token=', '');
  const answer = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  const [cookie] = answer.headers.get('set-cookie')?.split(';') ?? [];
  if (cookie === undefined) throw new Error(`the token was refused: ${answer.status}`);
  return { origin, cookie };
}

function connect({ origin, cookie }: Door, headers: Readonly<Record<string, string>> = {}): WebSocket {
  return new WebSocket(`${origin.replace('http', 'ws')}/socket`, {
    origin,
    headers: { cookie, ...headers },
  });
}

export interface Crowd {
  /** Pictures that each has seen. */
  readonly pictures: readonly number[];
  /** Who was sent away. */
  readonly lost: readonly number[];
  leave(): void;
}

/** Every visitor looks from one camera after the other, some of them all the time, some now and then, as people do. */
export async function gather(door: Door, count: number): Promise<Crowd> {
  const pictures = Array.from({ length: count }, () => 0);
  const lost: number[] = [];
  const timers: NodeJS.Timeout[] = [];
  const sockets: WebSocket[] = [];
  const enter = async (visitor: number): Promise<void> => {
    const socket = connect(door);
    sockets.push(socket);
    const cameras = await camerasOf(socket);
    socket.on('message', (_, isBinary) => {
      if (!isBinary) return;
      pictures[visitor]!++;
      socket.send('{"type":"shown"}');
    });
    socket.on('close', () => lost.push(visitor));
    let serial = 0;
    const look = () => {
      const { camera } = cameras[(visitor + ++serial) % cameras.length]!;
      if (socket.readyState === socket.OPEN)
        socket.send(JSON.stringify({ type: 'look', serial, camera, outputs: ['rgb'] }));
    };
    look();
    timers.push(setInterval(look, visitor % 5 === 0 ? 50 : 1000));
  };
  await Promise.all(pictures.map((_, visitor) => enter(visitor)));
  return {
    pictures,
    lost,
    leave() {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets)
        socket
          .removeAllListeners('close')
          .on('error', () => {})
          .terminate();
    },
  };
}

/** Of the training photos, as the server greets with them. */
function camerasOf(socket: WebSocket): Promise<readonly StudioCamera[]> {
  return new Promise((resolve, reject) => {
    socket.on('message', (data, isBinary) => {
      if (isBinary) return;
      const message = JSON.parse(String(data)) as ServerMessage;
      if (message.type === 'hello' && message.scene) resolve(message.scene.train);
    });
    socket.on('error', reject);
    socket.on('close', (code) => reject(new Error(`sent away: ${code}`)));
  });
}

export interface Attack {
  readonly messages: number;
  /** Connections by what they sent and the code they were ended with, as in `malformed 1008`; `left`: they had to be left. */
  readonly ends: Readonly<Record<string, number>>;
  /** Requests by the status they were answered with. */
  readonly answers: Readonly<Record<number, number>>;
  /** Places whose answer has the secret in it. */
  readonly leaks: readonly string[];
  /** Connections that should not have been let in, and were. */
  readonly intrusions: readonly string[];
}

/** What a connection sends before it is ended; the server reads no more of it then. */
const burst = 500;
/** Connections of the attacker at a time. */
const hands = 4;
/** A flood that a busy machine takes in over some seconds is none: its connection stays. */
const patienceMs = 5_000;
/** Of these each message is refused: they are ended however slow the machine is. */
export const refusedKinds: readonly string[] = ['malformed', 'deep', 'binary', 'oversized', 'commands'];
const longPatienceMs = 120_000;

/**
 * Sends so many messages, in connections that are ended one after the other, and asks for files that are none of the studio's.
 * @param secret stands in files beside the folder of runs, and in no other
 */
export async function attack(door: Door, messages: number, secret: string): Promise<Attack> {
  const ends: Record<string, number> = {};
  const slow = connect(door);
  await camerasOf(slow);
  // Reads nothing from now on, and wants to see all the same.
  slow.pause();
  let [sent, turn] = [0, 0];
  const names = Object.keys(bursts);
  const strike = async (): Promise<void> => {
    while (sent < messages) {
      const kind = names[turn++ % names.length]!;
      const count = Math.min(kind === 'oversized' ? 2 : burst, messages - sent);
      sent += count;
      const code = await sendAll(
        connect(door),
        Array.from({ length: count }, (_, index) => bursts[kind]!(index)),
        refusedKinds.includes(kind) ? longPatienceMs : patienceMs,
      );
      const end = `${kind} ${code}`;
      ends[end] = (ends[end] ?? 0) + 1;
      slow.send(look(turn));
    }
  };
  await Promise.all(Array.from({ length: hands }, strike));
  const { answers, leaks } = await climb(door, secret);
  const intrusions = await intrude(door);
  slow.terminate();
  return { messages: sent, ends, answers, leaks, intrusions };
}

/** Asks for every place. */
async function climb(door: Door, secret: string): Promise<Pick<Attack, 'answers' | 'leaks'>> {
  const answers: Record<number, number> = {};
  const leaks: string[] = [];
  for (const place of places) {
    const { status, body } = await ask(door, place);
    answers[status] = (answers[status] ?? 0) + 1;
    if (body.includes(secret)) leaks.push(place);
  }
  return { answers, leaks };
}

/** @returns the code that ended the connection */
async function sendAll(
  socket: WebSocket,
  messages: readonly (string | Buffer)[],
  waitMs: number,
): Promise<number | 'left'> {
  socket.on('error', () => {});
  const ended = new Promise<number>((resolve) => socket.on('close', resolve));
  const opened = new Promise((resolve) => socket.on('open', resolve));
  await Promise.race([opened, ended]);
  for (const message of messages) socket.send(message, () => {});
  const code = await Promise.race([ended, sleep(waitMs, 'left' as const, { ref: false })]);
  socket.terminate();
  return code;
}

const camera = { cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 4], width: 64, height: 48, fx: 60, fy: 60 };
const look = (serial: number, change: object = {}) =>
  JSON.stringify({ type: 'look', serial, camera: { ...camera, ...change }, outputs: ['rgb'] });
const asked = (request: object, id = 1) => JSON.stringify({ type: 'request', id, request });

/** Cameras that no camera is like. */
const impossible = [
  { cameraToWorld: Array(12).fill(0) },
  { cameraToWorld: Array(12).fill(1e308) },
  { cameraToWorld: Array(12).fill(-1e-308) },
  { fx: 1e-300, fy: 1e300 },
  { cx: -1e300, cy: 1e300 },
  { width: 1, height: 2_000_000 },
  { model: 'EQUIRECTANGULAR', eyeOffset: 1e300 },
  { model: 'OPENCV_FISHEYE', distortion: [1e30, -1e30, 1e30, -1e30, 1e30, 1e30] },
  { lens: Array(1000).fill(1e300) },
];

/** What each connection sends, by kind of harm. */
const bursts: Readonly<Record<string, (index: number) => string | Buffer>> = {
  malformed: (index) =>
    ['', '{', 'null', '[]', '"look"', '{"type":"look"}', '{"type":5}', '{"__proto__":{"type":"look"}}'][
      index % 8
    ]!,
  deep: () => `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  binary: (index) => Buffer.alloc(1 + (index % 1000), index),
  oversized: () => 'x'.repeat(300_000),
  large: (index) => JSON.stringify({ type: 'unlook', filling: 'x'.repeat(60_000 + index) }),
  stale: (index) => look(1_000_000 - index),
  unasked: () => '{"type":"shown"}',
  impossible: (index) => look(index, impossible[index % impossible.length]),
  outputs: (index) =>
    JSON.stringify({
      type: 'look',
      serial: index,
      camera,
      outputs: [['toString'], ['__proto__'], ['rgb', 'x']][index % 3],
    }),
  commands: (index) =>
    asked(
      [
        { type: 'trainer.__proto__' },
        { type: 'constructor' },
        { type: 'trainer.render', camera, scale: 16 },
        { type: 'trainer.setLearningRate', group: '__proto__', factor: 2 },
        { type: 'trainer.setLearningRate', group: 'x'.repeat(5000), factor: -1 },
      ][index % 5]!,
      index,
    ),
  shares: (index) => `{"type":"share","value":${['-1', '1e999', 'null', '"0.5"', '0.99'][index % 5]}}`,
};

/** Files that are there, and are none of the studio's, in many spellings. */
const climbs = ['..', '%2e%2e', '%2E.', '..%2f..', '%252e%252e', '..%5c..', '..%c0%af..', '....//'];
const places = [
  ...climbs.flatMap((up) => [
    `/${up}/secret.txt`,
    `/assets/${up}/${up}/secret.txt`,
    `/api/runs/${up}/scalars`,
    `/api/runs/${up}%2fsecret/pictures/00000.png`,
    `/api/runs/seen/pictures/${up}%2f${up}%2fsecret.txt`,
    `/api/runs/seen/pictures/${up}/${up}/secret.txt`,
    `/api/runs/seen/renders/${up}%2f${up}%2fsecret.txt/file`,
    `/api/runs/seen/photos/train/${up}%2fsecret.txt`,
  ]),
  '/api/runs/seen/pictures/00042.png',
  '/api/runs/linked/pictures/00000.png',
  '/api/runs/%00/scalars',
  '/api/runs/seen/pictures/00000.png%00.txt',
  '/api/runs/%2fetc/pictures/passwd',
  '//etc/passwd',
  '/socket?run=../secret',
  '/%FF',
];

/** As it is written: `fetch` would tidy it up. */
function ask(
  { origin, cookie }: Door,
  place: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: string }> {
  const { hostname, port, host } = new URL(origin);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path: place, headers: { host, cookie, ...headers }, setHost: false };
    request(options, (response) => {
      let body = '';
      response.setEncoding('latin1').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

/** @returns which wrong name, site or token was let in */
async function intrude(door: Door): Promise<string[]> {
  const [name] = door.cookie.split('=');
  const disguises: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'another name': { host: 'evil.example' },
    'a name with another port': { host: 'evil.example:80' },
    'another site': { origin: 'http://evil.example' },
    'no site': { origin: 'null' },
    'this machine at another port': { origin: 'http://127.0.0.1:1' },
    'no token': { cookie: '' },
    'a wrong token': { cookie: `${name}=${'x'.repeat(32)}` },
    'a token too long': { cookie: `${door.cookie}x` },
  };
  const letIn: string[] = [];
  for (const [what, headers] of Object.entries(disguises)) {
    const { status } = await ask(door, '/api/runs', headers);
    if (status < 400) letIn.push(`${what}: /api/runs`);
    const { origin = door.origin, ...rest } = headers;
    const socket = new WebSocket(`${door.origin.replace('http', 'ws')}/socket`, {
      origin,
      headers: { cookie: door.cookie, ...rest },
    });
    const isOpen = await new Promise<boolean>((resolve) =>
      socket.on('open', () => resolve(true)).on('error', () => resolve(false)),
    );
    if (isOpen) letIn.push(`${what}: /socket`);
    socket.terminate();
  }
  return letIn;
}
