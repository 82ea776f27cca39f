/**
 * What the studio costs a training, and what its visitors get: steps a second without a studio, with one that nobody looks at, with a
 * visitor at rest, and with one who flies and has half of the time; pictures a second, and how long they take to come. Trains as `nerfstream train` does (from the
 * build), on the fox of NERFSTREAM_DATA_DIR or, without it, on the demo scene; looks are 480 x 270. The visitor is this process.
 *
 *     npx tsx bench/studio.ts [method] [seconds] [key=value ...]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import type { RunStatus } from '../machines/runStatus.ts';
import { sendControl } from '../src/cli/controlClient.ts';
import { decodePicture, type ServerMessage, type StudioCamera } from '../src/studio/protocol.ts';
import { isMain, report } from './report.ts';
import { foxOrDemo } from './support/foxOrDemo.ts';

const main = path.resolve(import.meta.dirname, '../dist/src/cli/main.js');
/** A page sends a look with every frame that it draws. */
const lookEveryMs = 16;
/** Each window of time is measured so often, in turns: training gets slower or faster as it goes. */
const rounds = 3;

interface Training {
  readonly child: ChildProcess;
  readonly runDir: string;
  /** Of the studio, if there is one. */
  readonly address: Promise<string>;
}

function train(folder: string, name: string, args: readonly string[]): Training {
  const child = spawn(process.execPath, [main, 'train', ...args, '--name', name], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = new Promise<string>((resolve) =>
    createInterface(child.stdout).on('line', (line) => line.startsWith('http://') && resolve(line)),
  );
  return { child, runDir: path.join(folder, 'runs', name), address };
}

async function statusOf({ runDir }: Training): Promise<RunStatus> {
  for (;;) {
    const answer = await sendControl(runDir, { type: 'status' }, 60_000).catch(() => undefined);
    if (answer?.ok && answer.status.step > 0) return answer.status;
    await sleep(100);
  }
}

async function stepsPerSecond(training: Training, seconds: number): Promise<number> {
  const [before, began] = [await statusOf(training), performance.now()];
  await sleep(seconds * 1000);
  const after = await statusOf(training);
  return ((after.step - before.step) / (performance.now() - began)) * 1000;
}

async function end({ child, runDir }: Training): Promise<void> {
  const gone = new Promise((resolve) => child.on('exit', resolve));
  await sendControl(runDir, { type: 'trainer.stop', reason: 'stop' }, 60_000);
  await gone;
}

/** Somebody with an open page. */
async function visit(address: string) {
  const socket = new WebSocket(`${address.replace('http', 'ws')}socket`);
  socket.binaryType = 'arraybuffer';
  const sent = new Map<number, number>();
  const sharp = new EventEmitter();
  const arrivals: number[] = [];
  const scene = new Promise<readonly StudioCamera[]>((resolve) =>
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        const { serial, isSharp } = decodePicture(data as ArrayBuffer);
        if (isSharp) sharp.emit('picture');
        arrivals.push(performance.now() - (sent.get(serial) ?? Number.NaN));
        return socket.send('{"type":"shown"}');
      }
      const message = JSON.parse(String(data)) as ServerMessage;
      if (message.type === 'hello' && message.scene) resolve(message.scene.train);
    }),
  );
  const cameras = await scene;
  let serial = 0;
  const look = () => {
    const { cameraToWorld } = cameras[serial % cameras.length]!.camera;
    sent.set(++serial, performance.now());
    const camera = { cameraToWorld, width: 480, height: 270, fx: 400, fy: 400 };
    socket.send(JSON.stringify({ type: 'look', serial, camera, outputs: ['rgb'] }));
  };
  /** Resolves when the picture of where one rests is whole. */
  const rest = async () => {
    const isWhole = once(sharp, 'picture');
    look();
    await isWhole;
  };
  return {
    look,
    rest,
    arrivals,
    unlook: () => socket.send('{"type":"unlook"}'),
    close: () => socket.close(),
  };
}

export interface StudioCost {
  /** Steps a second. */
  readonly without: number;
  readonly nobody: number;
  readonly resting: number;
  readonly flying: number;
  readonly picturesPerSecond: number;
  readonly pausedPicturesPerSecond: number;
  /** Milliseconds from a look to its first picture, of a visitor who moves once a second. */
  readonly latencies: readonly number[];
}

/** @param seconds of each window */
export async function benchStudio(args: readonly string[], seconds: number): Promise<StudioCost> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-bench-'));
  try {
    const plain = train(folder, 'plain', args);
    await statusOf(plain);
    const without = await stepsPerSecond(plain, seconds);
    await end(plain);

    const shown = train(folder, 'shown', [...args, '--studio']);
    await statusOf(shown);
    const begin = await stepsPerSecond(shown, seconds);
    const visitor = await visit(await shown.address);
    const rates = { nobody: [] as number[], resting: [] as number[], flying: [] as number[] };
    const flown: number[] = [];
    for (let round = 0; round < rounds; round++) {
      visitor.unlook();
      rates.nobody.push(await stepsPerSecond(shown, seconds));
      // While it is sharpened it has the visitor's share; who rests has the whole one.
      await visitor.rest();
      rates.resting.push(await stepsPerSecond(shown, seconds));
      const before = visitor.arrivals.length;
      const flying = setInterval(visitor.look, lookEveryMs);
      rates.flying.push(await stepsPerSecond(shown, seconds));
      clearInterval(flying);
      flown.push((visitor.arrivals.length - before) / seconds);
    }
    const latencies = await moves(visitor, seconds * rounds);
    await sendControl(shown.runDir, { type: 'trainer.pause' }, 60_000);
    const before = visitor.arrivals.length;
    const flying = setInterval(visitor.look, lookEveryMs);
    await sleep(seconds * 1000);
    clearInterval(flying);
    const pausedPicturesPerSecond = (visitor.arrivals.length - before) / seconds;
    visitor.close();
    await end(shown);
    const nobody = mean(rates.nobody);
    return {
      // At the same age of both runs; the other windows are compared within one run.
      without: (without / begin) * nobody,
      ...{ nobody, resting: mean(rates.resting), flying: mean(rates.flying) },
      ...{ picturesPerSecond: mean(flown), pausedPicturesPerSecond, latencies },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Looks elsewhere once a second. */
async function moves(visitor: Awaited<ReturnType<typeof visit>>, count: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let move = 0; move < count; move++) {
    const before = visitor.arrivals.length;
    visitor.look();
    await sleep(1000);
    const first = visitor.arrivals[before];
    if (first !== undefined) latencies.push(first);
  }
  return latencies.sort((a, b) => a - b);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

if (isMain(import.meta.url)) {
  const given = process.argv.slice(2).filter((argument) => argument !== '--peers');
  const method = given.find((argument) => /^[a-z]/.test(argument) && !argument.includes('=')) ?? 'splat';
  const seconds = Number(given.find((argument) => /^\d+$/.test(argument)) ?? 5);
  const settings = given.filter((argument) => argument.includes('='));
  const args = [method, '--data', await foxOrDemo(), 'threads=2', 'trainer.maxSteps=1000000', ...settings];
  const cost = await benchStudio(args, seconds);
  const reference = { name: 'a studio without visitors', value: cost.nobody };
  const steps = { unit: 'steps/s', reference, moreIsBetter: true };
  const at = (share: number) => cost.latencies[Math.floor(share * (cost.latencies.length - 1))] ?? Number.NaN;
  await report('studio', [
    { what: `${method}: without a studio`, ...steps, ours: cost.without },
    { what: `${method}: a visitor at rest`, ...steps, ours: cost.resting },
    { what: `${method}: a visitor who flies, half of the time`, ...steps, ours: cost.flying },
    { what: 'pictures, flying', unit: 'pictures/s', ours: cost.picturesPerSecond },
    { what: 'pictures, paused', unit: 'pictures/s', ours: cost.pausedPicturesPerSecond },
    { what: 'look to first picture, median', unit: 'ms', ours: at(0.5) },
    { what: 'look to first picture, 95%', unit: 'ms', ours: at(0.95) },
  ]);
}
