/**
 * A server that speaks the studio's protocol without a run behind it: it notes what the page asks for, and answers at once. Pictures are of one colour,
 * which says where the camera stands.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import sharp from 'sharp';
import { type WebSocket, WebSocketServer } from 'ws';
import { lookAt } from '../../src/data/poses/lookAt.ts';
import type { FleetList } from '../../src/studio/fleetProtocol.ts';
import {
  type ClientMessage,
  clientMessage,
  encodePicture,
  type HelloMessage,
  type Look,
  protocolVersion,
  type RunEntry,
  type ServerMessage,
  type StatusMessage,
} from '../../src/studio/protocol.ts';

const pageFolder = path.join(import.meta.dirname, '../../dist/studio');
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
/** As strict as the studio's own: nothing inline, nothing from elsewhere. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'";

const ring = (count: number, height: number) =>
  Array.from({ length: count }, (_, index) => {
    const angle = (2 * Math.PI * index) / count;
    const cameraToWorld = lookAt([4 * Math.cos(angle), 4 * Math.sin(angle), height], [0, 0, 0], [0, 0, 1]);
    return { name: `${index}.png`, camera: { cameraToWorld, width: 320, height: 240, fx: 300, fy: 300 } };
  });

/** The data set's own coordinates are ten times as large. */
const worldToModel = { transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], scale: 0.1 };

const hello: HelloMessage = {
  type: 'hello',
  version: protocolVersion,
  run: { name: 'ball', mode: 'live', method: 'splat', model: 'splat' },
  readOnly: false,
  commands: ['pause', 'resume', 'stepOnce', 'checkpoint', 'evaluate', 'setLearningRate', 'stop'],
  groups: ['means', 'colors'],
  outputs: ['rgb', 'depth', 'accumulation', 'normals'],
  scene: { train: ring(12, 1), eval: ring(3, 2), box: [-1, -1, -1, 1, 1, 1], worldToModel },
  config: { trainer: { maxSteps: 1000, seed: 7 }, model: { kind: 'splat' } },
};

const runs: readonly RunEntry[] = ['ball', 'fox'].map((name, index) => ({
  ...{ name, mode: index === 0 ? 'live' : 'finished', method: 'splat', status: 'completed', steps: 1000 },
  ...{ psnr: 28.5 + index, ssim: 0.91, trainSeconds: 62, changedAt: 1_790_000_000_000 },
  thumbnail: index === 0 ? { version: '1', file: '00000.png' } : { version: 'step-000001000.ckpt' },
}));

const steps = Array.from({ length: 400 }, (_, index) => index + 1);
const column = (at: (step: number) => number) => ({
  ...{ steps, times: steps.map((step) => 1_790_000_000 + step / 10), values: steps.map(at) },
});

/** Of the fleet's runs one lies in the folder: it is the run `fox`. */
const fleetOfAll: FleetList = {
  ...{ fleet: 'fleet', readOnly: false, workers: 2, paused: ['hares/seed=2'] },
  counts: { held: 2, unheard: 0, setAside: 1, putOff: 0, waiting: 9_951, done: 1 },
  more: { held: 0, unheard: 0, setAside: 0, putOff: 0, waiting: 9_950, done: 0 },
  runs: [
    {
      ...{ name: 'hares/fox', state: 'held', worker: 'attic', doing: 'training', here: 'fox' },
      ...{ step: 300, maxSteps: 2000, rate: 12.3, psnr: 27.12 },
    },
    {
      ...{ name: 'hares/seed=2,levels=8,learningRate=0.00512', state: 'held', worker: 'lab-4711' },
      ...{ doing: 'paused', step: 120, maxSteps: 2000, trainPsnr: 21.5, pausedAs: 'all' },
    },
    { name: 'hares/seed=3', state: 'setAside', error: '/photos/hare: there is no such folder' },
    { name: 'hares/seed=4', state: 'waiting', pausedAs: 'hares/seed=4' },
    { name: 'hares/seed=5', state: 'done', doing: 'completed', step: 2000, psnr: 28.4 },
  ],
};

const files: Readonly<Record<string, unknown>> = {
  '/api/runs': runs,
  '/api/new-run': {
    methods: [
      { name: 'splat', says: 'Gaussian splats.' },
      { name: 'instant-ngp', says: 'A small hash grid.' },
    ],
    folder: '/home/ada/photos',
    data: ['fox', 'garden'],
  },
  '/api/config-keys': [
    {
      key: 'trainer.maxSteps',
      expects: 'a whole number',
      default: 30_000,
      description: 'How many steps the run makes.',
    },
    {
      key: 'trainer.seed',
      expects: 'a whole number',
      default: 0,
      description: 'What random numbers begin with.',
    },
  ],
  '/api/runs/ball/scalars': {
    'train/loss': column((step) => Math.exp(-step / 150) * (1 + 0.2 * Math.sin(step))),
    'train/psnr': column((step) => 30 - 15 * Math.exp(-step / 120) + 0.5 * Math.sin(step)),
    'learning_rate/means': column((step) => 1e-2 * 0.99 ** step),
    'eval/psnr': column((step) => 29 - 15 * Math.exp(-step / 120)),
  },
  '/api/runs/fox/scalars': { 'train/loss': column((step) => Math.exp(-step / 90)) },
  '/api/runs/ball/pictures': [0, 1].flatMap((index) =>
    [100, 200, 300].map((step) => ({ file: `step-${step}-${index}.png`, step, index })),
  ),
  '/api/runs/ball/renders': [],
};

export interface FakeStudio {
  readonly url: string;
  /** Everything that the page has sent. */
  readonly received: ClientMessage[];
  /** Looks among it. */
  looks(): Look[];
  /** What came by POST and DELETE: `POST /api/...` and the body. */
  readonly posts: { readonly what: string; readonly body: unknown }[];
  /** What the page is told of a fleet when it asks next; undefined: there is none. */
  setFleet(change: Partial<FleetList> | undefined): void;
  /** Changes the status, and says so. */
  setStatus(change: Partial<StatusMessage>): void;
  say(message: ServerMessage): void;
  close(): Promise<void>;
}

/** @param port 0: any */
export async function startFakeStudio(port = 0): Promise<FakeStudio> {
  const received: ClientMessage[] = [];
  const posts: { what: string; body: unknown }[] = [];
  let status: StatusMessage = {
    ...{ type: 'status', state: 'training', step: 400, maxSteps: 1000, trainSeconds: 40, stepsPerSecond: 10 },
    metrics: { 'train/loss': 0.0312, 'train/psnr': 27.31, 'eval/psnr': 26.8, 'train/splats': 51234 },
    learningRates: { means: 1.6e-4, colors: 2.5e-3 },
    ...{ checkpoint: 'checkpoints/step-000000300.ckpt', visitors: 1, sinkTroubles: [] },
    viewing: { share: 0.5, measuredShare: 0.12, picturesPerSecond: 8 },
  };
  let fleet: FleetList | undefined = fleetOfAll;
  const server = createServer((request, response) => void serve(request, response, posts, () => fleet));
  const sockets = new WebSocketServer({ server, path: '/socket' });
  const say = (message: ServerMessage) => {
    for (const socket of sockets.clients) socket.send(JSON.stringify(message));
  };
  const setStatus = (change: Partial<StatusMessage>) => {
    status = { ...status, ...change };
    say(status);
  };
  sockets.on('connection', (socket, request) => {
    const name = new URL(request.url ?? '', 'http://studio').searchParams.get('run') ?? 'ball';
    socket.send(JSON.stringify({ ...hello, run: { ...hello.run, name } }));
    socket.send(JSON.stringify(status));
    const line = { time: 1_790_000_000_000, level: 'info', message: 'The run has begun.' } as const;
    socket.send(JSON.stringify({ type: 'log', lines: [line] } satisfies ServerMessage));
    socket.on('message', (data) => {
      const message = clientMessage.parse(JSON.parse(String(data)));
      received.push(message);
      if (message.type === 'look') void draw(socket, message, status.step);
      if (message.type === 'share') setStatus({ viewing: { ...status.viewing, share: message.value } });
      if (message.type === 'request') {
        const state = { 'trainer.pause': 'paused', 'trainer.resume': 'training' }[message.request.type];
        if (state) setStatus({ state, stepsPerSecond: state === 'paused' ? 0 : 10 });
        socket.send(JSON.stringify({ type: 'response', id: message.id, ok: true } satisfies ServerMessage));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ...{ received, posts, setStatus, say },
    setFleet(change) {
      fleet = change && { ...fleetOfAll, ...change };
    },
    looks: () => received.filter((message) => message.type === 'look') as Look[],
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A coarse picture, then a sharp one, for each output. */
async function draw(socket: WebSocket, look: Look, step: number): Promise<void> {
  for (const isSharp of [false, true])
    for (const output of look.outputs.keys()) {
      const scale = isSharp ? 1 : 0.25;
      const width = Math.max(1, Math.round(look.camera.width * scale));
      const height = Math.max(1, Math.round(look.camera.height * scale));
      const jpeg = await onePicture(width, height, look.camera.cameraToWorld, look.outputs[output]!);
      const range = look.outputs[output] === 'depth' ? ([1.5, 6] as const) : undefined;
      const facts = { serial: look.serial, output, step, isSharp, width, height, milliseconds: 12 };
      socket.send(encodePicture({ ...facts, jpeg, ...(range && { range }) }));
    }
}

/** Red, green and blue say where the camera stands, from -8 to 8; outputs are of different brightness. */
function onePicture(
  width: number,
  height: number,
  cameraToWorld: readonly number[],
  output: string,
): Promise<Buffer> {
  const place = [cameraToWorld[3]!, cameraToWorld[7]!, cameraToWorld[11]!];
  const [r, g, b] = place.map((value) => Math.round(Math.max(0, Math.min(255, (value / 16 + 0.5) * 255))));
  const dim = output === 'rgb' ? 1 : 0.5;
  const background = { r: r! * dim, g: g! * dim, b: b! * dim };
  return sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer();
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  posts: { what: string; body: unknown }[],
  fleet: () => FleetList | undefined,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '', 'http://studio');
  if (request.method !== 'GET') {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    posts.push({
      what: `${request.method} ${pathname}`,
      body: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
    });
    const body = posts.at(-1)!.body as { readonly settings?: readonly object[] };
    // A new run with a setting is found faulty, one without begins.
    const isFaulty = pathname === '/api/runs' && (body.settings?.length ?? 0) > 0;
    response.writeHead(isFaulty ? 400 : 202, { 'content-type': 'application/json' });
    const errors = [{ key: 'trainer.maxSteps', message: 'must be above 0' }];
    const answer = pathname === '/api/fleet/commands' ? { said: 'It does.' } : { name: 'fox' };
    response.end(JSON.stringify(isFaulty ? { error: errors[0]!.message, errors } : answer));
  } else if (pathname === '/api/fleet') {
    const list = fleet();
    response.writeHead(list ? 200 : 204, { 'content-type': 'application/json' });
    response.end(list && JSON.stringify(list));
  } else if (/photos|thumbnail|pictures\//.test(pathname)) {
    const picture = await onePicture(160, 120, [0, 0, 0, 3, 0, 0, 0, -3, 0, 0, 0, 1], 'rgb');
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture);
  } else if (pathname.startsWith('/api/')) {
    const known = files[pathname];
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ?? { error: 'there is no such run' }));
  } else {
    const file = pathname === '/' ? '/index.html' : pathname;
    const content = await readFile(path.join(pageFolder, file)).catch(() => undefined);
    const type = types[path.extname(file)] ?? 'application/octet-stream';
    response.writeHead(content ? 200 : 404, { 'content-type': type, 'content-security-policy': policy });
    response.end(content);
  }
}
