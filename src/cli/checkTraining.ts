/** `nerfstream train --check`: a training in small, in a temporary folder, and what the whole one would be like. */
import { rmSync } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { configuredSinks } from '../../machines/configuredSinks.ts';
import { createTrainer } from '../../machines/createTrainer.ts';
import type { RunSummary, Trainer } from '../../machines/trainer.ts';
import { formatDuration } from '../../streams/sinks/runProgress.ts';
import type { Config } from '../config/schema.ts';
import { describeBytes } from '../data/describeBytes.ts';
import type { CameraView } from '../pipeline/pipeline.ts';
import { prepareNativeEnvironment } from '../tensors/native/nativeEnvironment.ts';
import { reportThrown, usageExitCode } from './cliErrors.ts';
import { handleInterrupts, interruptedExitCode } from './interrupts.ts';
import { createRunLog, logOf } from './runLog.ts';

export interface CheckRequest {
  readonly config: Config;
  /** Checkpoint whose weights the run would start from. */
  readonly load?: string | undefined;
  readonly debug: boolean;
}

/** What was seen of a training in small. */
interface Seen {
  loss: number;
  /** Of the second step; the first one warms up. */
  stepSeconds: number;
  views: { readonly train: readonly CameraView[]; readonly eval: readonly CameraView[] };
  evaluation?: { readonly psnr: number; readonly seconds: number };
  checkpointBytes: number;
}

const steps = 2;

/**
 * Reads and decodes everything, makes two steps, evaluates one held-out photo and saves, as the training would; sinks are made, and get
 * nothing. Whatever the run would stumble over at its beginning is found. Leaves nothing behind.
 * @returns the exit code: 0, 2 where something is wrong, 130 after a signal
 */
export async function checkTraining({ config, load, debug }: CheckRequest): Promise<number> {
  const log = createRunLog({ debug, level: config.log.level });
  log.open();
  let trainer: Trainer | undefined;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'nerfstream-check-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const stopListening = handleInterrupts(() => trainer?.stop('interrupt'), remove);
  try {
    configuredSinks(config.sinks);
    prepareNativeEnvironment(config.threads ?? os.availableParallelism());
    const seen: Seen = {
      loss: Number.NaN,
      stepSeconds: 0,
      views: { train: [], eval: [] },
      checkpointBytes: 0,
    };
    const runDir = path.join(folder, 'run');
    trainer = createTrainer(small(config), {
      runDir,
      sinks: [],
      log: logOf(log),
      ...(load !== undefined && { load }),
      hooks: watchSteps(seen, () => trainer!),
    });
    const summary = await watched(trainer, seen);
    if (summary.status === 'interrupted') return interruptedExitCode;
    seen.checkpointBytes = (await stat(path.join(runDir, summary.checkpoint!))).size;
    process.stdout.write(describeCheck(config, summary, seen));
    return 0;
  } catch (error) {
    reportThrown(error, debug);
    return usageExitCode;
  } finally {
    stopListening();
    remove();
    log.close();
  }
}

/** The same training, but nothing ends it or comes between its first steps. */
function small(config: Config): Config {
  const { maxSeconds: _, earlyStop: __, stopAtStep: ___, ...trainer } = config.trainer;
  return {
    ...config,
    trainer: { ...trainer, maxSteps: Number.MAX_SAFE_INTEGER, startPaused: false, profile: false },
    evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
    checkpoint: { ...config.checkpoint, everySteps: 0 },
  };
}

function watchSteps(seen: Seen, trainer: () => Trainer) {
  let began = 0;
  return {
    beforeStep() {
      began = performance.now();
    },
    afterStep({
      step,
      losses,
    }: {
      readonly step: number;
      readonly losses: Readonly<Record<string, unknown>>;
    }) {
      seen.stepSeconds = (performance.now() - began) / 1000;
      if (step < steps) return;
      seen.loss = Object.values(losses).reduce<number>((sum, value) => sum + numberOf(value), 0);
      trainer().pause();
    },
  };
}

/** Losses are lazy: they are valid as long as the step is. */
function numberOf(value: unknown): number {
  return Number(typeof value === 'function' ? value() : value);
}

/** Once it holds after its steps, one image is evaluated; then the run is ended, which saves it. */
async function watched(trainer: Trainer, seen: Seen): Promise<RunSummary> {
  let asked = false;
  let askedMs = 0;
  const status = trainer.status$.subscribe(({ state, views }) => {
    if (state !== 'paused' || asked) return;
    asked = true;
    askedMs = performance.now();
    if (views) seen.views = views;
    if (seen.views.eval.length > 0) trainer.evaluate('image');
    else trainer.stop();
  });
  let failure: string | undefined;
  const metrics = trainer.metrics$.subscribe((event) => {
    if (event.kind === 'text' && event.tag.startsWith('failures/')) failure ??= event.text;
    const isPsnr = event.kind === 'scalar' && /^eval\/images\/\d+\/psnr$/.test(event.tag);
    if (isPsnr) seen.evaluation = { psnr: event.value, seconds: (performance.now() - askedMs) / 1000 };
    if (isPsnr || failure !== undefined) trainer.stop();
  });
  try {
    const summary = await trainer.done;
    if (failure !== undefined) throw new Error(failure);
    return summary;
  } finally {
    status.unsubscribe();
    metrics.unsubscribe();
  }
}

function describeCheck(config: Config, { engine, threads }: RunSummary, seen: Seen): string {
  const { evaluation, views } = seen;
  const lines = [
    `method: ${config.method}, on engine ${engine} with ${threads} threads`,
    `frame: ${describePlaces(views.train)}`,
    `${steps} steps: ${(seen.stepSeconds * 1000).toFixed(0)} ms for the second one, loss ${seen.loss.toPrecision(3)}`,
    evaluation
      ? `evaluation: ${evaluation.seconds.toFixed(1)} s for a held-out photo, PSNR ${evaluation.psnr.toFixed(2)} dB`
      : 'evaluation: none, no photo is held out',
    `a checkpoint: ${describeBytes(seen.checkpointBytes)}`,
    `memory: ${describeBytes(process.resourceUsage().maxRSS * 1024)} up to here`,
    `expected: ${describeTime(config, seen)}`,
    'the check has passed, and nothing was left behind; without --check it trains',
  ];
  return `${lines.join('\n')}\n`;
}

/** Corners of the box of all cameras, in the model's coordinates. */
function describePlaces(views: readonly CameraView[]): string {
  const places = views.map(({ cameraToWorld: m }) => [m[3]!, m[7]!, m[11]!] as const);
  const corner = (pick: (...values: number[]) => number) =>
    [0, 1, 2].map((axis) => pick(...places.map((place) => place[axis]!)).toFixed(2)).join(', ');
  return `cameras lie within (${corner(Math.min)}) and (${corner(Math.max)})`;
}

function describeTime({ trainer, evaluate }: Config, { stepSeconds, evaluation, views }: Seen): string {
  const { maxSteps, maxSeconds = Number.POSITIVE_INFINITY } = trainer;
  const training = Math.min(maxSeconds, stepSeconds * maxSteps);
  const limit =
    training === maxSeconds ? 'trainer.maxSeconds' : `${maxSteps} steps as long as the second one`;
  const train = `about ${formatDuration(training)} of training (${limit})`;
  if (!evaluation) return train;
  const every = evaluate.allImagesEverySteps;
  const times = 1 + (every > 0 ? Math.floor((Math.min(maxSteps, training / stepSeconds) - 1) / every) : 0);
  const seconds = formatDuration(times * views.eval.length * evaluation.seconds);
  return `${train}, and ${seconds} for ${times} evaluation${times === 1 ? '' : 's'} of all held-out photos`;
}
