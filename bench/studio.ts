/**
 * What the studio costs a training, and what its visitors get, with two threads, on the fox of NERFSTREAM_DATA_DIR or, without it, on the demo scene.
 *
 *     npx tsx bench/studio.ts [splat] [instant-ngp] [--seconds 3] [key=value ...]
 *
 * Steps: two runs of the same seed, one with a studio, train in turns over the same steps, so that nobody looking is compared with no studio. Then somebody rests
 * or flies in one of them; each of these times is compared with those before and after it, when nobody looks: training gets slower or faster as it goes. Pictures are
 * 480 x 270; the visitor is this process, on the same cores. Keys are pressed in Chromium, where there is one. Runs are of the build, as `nerfstream train` is.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { RunStatus } from '../machines/runStatus.ts';
import { sendControl } from '../src/cli/controlClient.ts';
import { findChromium } from '../test/support/chromium.ts';
import { isMain, type Measurement, report } from './report.ts';
import { foxOrDemo } from './support/foxOrDemo.ts';
import { keyPresses } from './support/keyPresses.ts';
import { type StudioVisitor, visitStudio } from './support/studioVisitor.ts';

const main = path.resolve(import.meta.dirname, '../dist/src/cli/main.js');
const size = { width: 480, height: 270 };
/** Turns of each run without visitors, and times of each kind with one. */
const turns = 6;
const flightCount = 3;
/** Who rests is drawn for seldom: it takes so many times as long to see what that costs. */
const restLasts = 8;
const moves = 15;
const presses = 20;
/** Of the page: the picture has about 480 x 270 then. */
const keyViewport = { width: 900, height: 319 };

interface Training {
  readonly child: ChildProcess;
  readonly runDir: string;
  /** Of the studio, if there is one. */
  readonly address: Promise<string>;
}

/** Begins a run that makes no step yet. */
function train(folder: string, name: string, args: readonly string[]): Training {
  // An evaluation or a save in a time of three seconds would be half of it.
  const nothingElse = ['evaluate.batchEverySteps=0', 'evaluate.imageEverySteps=0', 'checkpoint.everySteps=0'];
  const settings = ['threads=2', 'trainer.maxSteps=1000000', 'trainer.startPaused=true', ...nothingElse];
  const child = spawn(process.execPath, [main, 'train', ...args, ...settings, '--name', name], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = new Promise<string>((resolve) =>
    createInterface(child.stdout).on('line', (line) => line.startsWith('http://') && resolve(line)),
  );
  return { child, runDir: path.join(folder, 'runs', name), address };
}

async function statusOf(
  { runDir, child }: Training,
  isSo: (status: RunStatus) => boolean,
): Promise<RunStatus> {
  for (;;) {
    const answer = await sendControl(runDir, { type: 'status' }, 60_000).catch(() => undefined);
    if (answer?.ok && isSo(answer.status)) return answer.status;
    if (child.exitCode !== null) throw new Error(`${runDir}: the run has ended`);
    await sleep(20);
  }
}

const isAny = () => true;
const isPaused = ({ state }: RunStatus) => state === 'paused';
const command = ({ runDir }: Training, type: 'trainer.pause' | 'trainer.resume') =>
  sendControl(runDir, { type }, 60_000);

/** Steps and seconds of training of a turn; the run is paused before and after it. */
async function turn(training: Training, seconds: number): Promise<{ steps: number; seconds: number }> {
  const before = await statusOf(training, isPaused);
  await command(training, 'trainer.resume');
  await sleep(seconds * 1000);
  await command(training, 'trainer.pause');
  const after = await statusOf(training, isPaused);
  return { steps: after.step - before.step, seconds: after.trainSeconds - before.trainSeconds };
}

/** Of a run that trains, by the clock on the wall. @param during what a visitor does meanwhile */
async function stepsPerSecond(training: Training, during: () => Promise<unknown>): Promise<number> {
  const [before, began] = [await statusOf(training, isAny), performance.now()];
  await during();
  const after = await statusOf(training, isAny);
  const [steps, seconds] = [after.step - before.step, (performance.now() - began) / 1000];
  const trained = after.trainSeconds - before.trainSeconds;
  tell(
    `  ${figure(steps / seconds)} steps/s, ${figure((1000 * trained) / steps)} ms each, ${figure((100 * trained) / seconds)}% of the time`,
  );
  return steps / seconds;
}

/** Steps that a studio without visitors leaves, of those without a studio: the median of all turns. */
async function shareWithStudio(plain: Training, shown: Training, seconds: number): Promise<number> {
  const ratios: number[] = [];
  for (let number = 0; number < turns; number++) {
    const rates = [0, 0];
    // Who begins changes from turn to turn.
    for (const which of number % 2 ? [1, 0] : [0, 1]) {
      const made = await turn([plain, shown][which]!, seconds);
      rates[which] = made.steps / made.seconds;
    }
    tell(`  ${rates.map(figure).join(' and ')} steps/s without a studio and with one`);
    ratios.push(rates[1]! / rates[0]!);
  }
  return quantile(ratios, 0.5);
}

/** What a visitor does. */
interface Visit {
  /** Before its time is measured. */
  readonly begin?: () => Promise<unknown>;
  readonly during: () => Promise<unknown>;
}

/** Times with a visitor, each between two without: the median share of the steps that is left. */
async function shareOfSteps(
  training: Training,
  visitor: StudioVisitor,
  seconds: number,
  visits: readonly Visit[],
): Promise<number> {
  const nobody = () => {
    visitor.unlook();
    return stepsPerSecond(training, () => sleep(seconds * 1000));
  };
  const found: number[] = [];
  let before = await nobody();
  for (const { begin, during } of visits) {
    await begin?.();
    const visited = await stepsPerSecond(training, during);
    const after = await nobody();
    found.push((2 * visited) / (before + after));
    before = after;
  }
  return quantile(found, 0.5);
}

interface VisitorFigures {
  /** Of the steps without a visitor. */
  readonly resting: number;
  readonly flying: number;
  /** Pictures a second. */
  readonly flown: number;
  readonly paused: number;
  /** Milliseconds from a look to its first picture, of a visitor who moves once a second. */
  readonly moved: readonly number[];
}

async function visit(training: Training, seconds: number): Promise<VisitorFigures> {
  const visitor = await visitStudio(await training.address, size);
  const flown: number[] = [];
  const fly: Visit = { during: async () => flown.push(await visitor.fly(seconds)) };
  const flights = Array.from({ length: flightCount }, () => fly);
  const flying = await shareOfSteps(training, visitor, seconds, flights);
  tell(`flying: ${figure(flying)} of the steps, ${flown.map(figure)} pictures a second`);
  // Until the picture is whole, it has the share of who flies.
  const rest: Visit = { begin: visitor.rest, during: () => sleep(seconds * restLasts * 1000) };
  const resting = await shareOfSteps(training, visitor, seconds, [rest]);
  tell(`at rest: ${figure(resting)} of the steps`);
  const moved: number[] = [];
  for (let move = 0; move < moves; move++) {
    const wait = await visitor.move(1);
    if (wait !== undefined) moved.push(wait);
  }
  await command(training, 'trainer.pause');
  await statusOf(training, isPaused);
  const paused = await visitor.fly(seconds);
  tell(`moved: ${moved.map(figure)} ms; paused: ${figure(paused)} pictures a second`);
  visitor.close();
  await command(training, 'trainer.resume');
  return { resting, flying, flown: mean(flown), paused, moved };
}

/** @param seconds of each time */
async function figuresOf(method: string, args: readonly string[], seconds: number): Promise<Measurement[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-bench-'));
  const plain = train(folder, 'plain', [method, ...args]);
  const shown = train(folder, 'shown', [method, ...args, '--studio']);
  try {
    const nobody = await shareWithStudio(plain, shown, seconds);
    plain.child.kill('SIGKILL');
    await command(shown, 'trainer.resume');
    const { resting, flying, flown, paused, moved } = await visit(shown, seconds);
    const chromium = findChromium();
    const pressed = chromium
      ? await keyPresses(chromium, await shown.address, presses, keyViewport)
      : undefined;
    const reference = (name: string) => ({
      unit: 'of the steps',
      reference: { name, value: 1 },
      moreIsBetter: true,
    });
    const [noStudio, left] = [reference('no studio'), reference('nobody looks')];
    const rate = { unit: 'pictures/s', moreIsBetter: true };
    const isSplat = method.startsWith('splat');
    return [
      { what: 'nobody looks', ...noStudio, ours: nobody, goal: 0.98 },
      { what: 'a visitor at rest', ...left, ours: resting, goal: 0.95 },
      { what: 'a visitor who flies, half of the time', ...left, ours: flying, goal: 0.45 },
      { what: 'pictures, flying', ...rate, ours: flown, ...(isSplat && { bound: 20 }) },
      { what: 'pictures, flying through a paused run', ...rate, ours: paused, ...(isSplat && { bound: 40 }) },
      { what: 'look to first picture, median', unit: 'ms', ours: quantile(moved, 0.5), bound: 150 },
      { what: 'look to first picture, 95%', unit: 'ms', ours: quantile(moved, 0.95), bound: 300 },
      ...(pressed
        ? [
            {
              what: `key to picture of ${pressed.pixels} in Chromium, median`,
              ...{ unit: 'ms', ours: quantile(pressed.waits, 0.5), ...(isSplat && { bound: 80 }) },
            },
            { what: '95%', unit: 'ms', ours: quantile(pressed.waits, 0.95) },
          ]
        : []),
    ].map((line) => ({ ...line, what: `${method}: ${line.what}` }));
  } finally {
    for (const { child } of [plain, shown]) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** It takes minutes: what is known is told at once, beside the table. */
function tell(what: string): void {
  process.stderr.write(`${what}\n`);
}

function figure(value: number): string {
  return value.toPrecision(3);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Between two values in proportion: the median of an even number of turns lies in their middle. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** What else the machine does: figures of a busy one say little. */
function tellLoad(): void {
  tell(`load of the last minute: ${figure(loadavg()[0]!)} on ${availableParallelism()} cores`);
}

if (isMain(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    // `peers`: told to all benchmarks.
    options: { seconds: { type: 'string', default: '3' }, peers: { type: 'boolean' } },
  });
  const methods = positionals.filter((argument) => !argument.includes('='));
  const settings = positionals.filter((argument) => argument.includes('='));
  const args = ['--data', await foxOrDemo(), ...settings];
  const figures: Measurement[] = [];
  tellLoad();
  for (const method of methods.length > 0 ? methods : ['splat', 'instant-ngp'])
    figures.push(...(await figuresOf(method, args, Number(values.seconds))));
  await report('studio', figures);
}
