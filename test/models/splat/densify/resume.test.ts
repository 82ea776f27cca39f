/** Runs that are killed, paused or rolled back between two densifications: the bits of runs that nothing happened to. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createTrainer } from '../../../../machines/createTrainer.ts';
import type { Trainer } from '../../../../machines/trainer.ts';
import type { PipelineFactory, TrainerOptions } from '../../../../machines/trainerOptions.ts';
import { inspectCheckpoint } from '../../../../src/checkpoint/checkpointFiles.ts';
import { loadConfig } from '../../../../src/config/loadConfig.ts';
import { createPipeline } from '../../../../src/pipeline/createPipeline.ts';
import type { Pipeline } from '../../../../src/pipeline/pipeline.ts';
import { runCli, startCli } from '../../../cli/runCli.ts';
import { writeTinyScene } from '../../../cli/tinyScene.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { inState } from '../../../support/trainerRuns.ts';

const strategies = [
  { kind: 'budget' },
  { kind: 'mcmc' },
  // So low that splats are cloned and split, with a reset on the way.
  { kind: 'classic', gradientThreshold: 1e-6, resetEveryShare: 0.3, untilShare: 0.9 },
] as const;

const overrides = (scene: string, densify: object, horizonSteps: number) => ({
  data: { path: scene },
  threads: 2,
  engine: 'simd',
  model: {
    horizonSteps,
    maxSplats: 300,
    rowStride: 2,
    densify: { ...densify, everySteps: 10 },
    start: { points: 100 },
  },
  evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
  sinks: [],
});

async function tensorsOf(runDir: string, file: string) {
  return (await inspectCheckpoint(path.join(runDir, file))).tensors;
}

const rowsIn = (tensors: Awaited<ReturnType<typeof tensorsOf>>) =>
  tensors.find(({ name }) => name === 'parameters/means/means')!.shape[0]!;

describe.each(strategies)('densification of kind $kind', (densify) => {
  /** The scene's folder, made anew: it goes with the test. */
  async function tinyScene(): Promise<string> {
    const folder = temporaryFolder();
    await writeTinyScene(folder);
    return folder;
  }

  /** 60 steps with a checkpoint at 28: after two densifications, in the middle of the statistics for the third. */
  async function run(whileItRuns: (trainer: Trainer) => Promise<void>, options: TrainerOptions = {}) {
    const config = await loadConfig('splat-fast', {
      ...overrides(await tinyScene(), densify, 60),
      trainer: { maxSteps: 60, startPaused: true, onNonFinite: 'rollback' },
      checkpoint: { everySteps: 28, keep: 9 },
    } as never);
    const runDir = path.join(temporaryFolder(), 'run');
    const trainer = createTrainer(config, { runDir, ...options });
    await inState(trainer, 'paused');
    await whileItRuns(trainer);
    const { checkpoint } = await trainer.done;
    return tensorsOf(runDir, checkpoint!);
  }
  /** Makes the first so many steps, and rests. */
  async function steps(trainer: Trainer, count: number): Promise<void> {
    for (let step = 0; step < count; step++) trainer.stepOnce();
    await firstValueFrom(
      trainer.status$.pipe(filter(({ state, step }) => state === 'paused' && step === count)),
    );
  }
  const undisturbed = () => run(async (trainer) => trainer.resume());

  it('[TR3] paused and stepped: the same bits', async () => {
    const stepped = await run(async (trainer) => {
      await steps(trainer, 33);
      trainer.checkpoint();
      trainer.resume();
    });
    expect(stepped).toEqual(await undisturbed());
    expect(rowsIn(stepped)).not.toBe(100);
  });

  it('[TR16] rolled back over a densification: the bits of a run at half the rates from there on', async () => {
    let isSound = true;
    const spoilt: PipelineFactory = async (config, engine, log) => {
      const pipeline = await createPipeline(config, engine, log);
      const trainStep: Pipeline['trainStep'] = (step, time) => {
        const output = pipeline.trainStep(step, time);
        if (step !== 34 || !isSound) return output;
        isSound = false;
        return { ...output, losses: { loss: Number.NaN } };
      };
      return { ...pipeline, groups: pipeline.groups, trainStep };
    };
    const rolledBack = await run(async (trainer) => trainer.resume(), { pipeline: spoilt });
    expect(isSound).toBe(false);
    const { groups } = await loadConfig('splat-fast');
    const slower = await run(async (trainer) => {
      await steps(trainer, 28);
      for (const group of Object.keys(groups)) trainer.setLearningRate(group, 0.5);
      trainer.resume();
    });
    expect(rolledBack).toEqual(slower);
  });

  it('[RF5] killed and resumed: the same bits', async () => {
    const scene = await tinyScene();
    const settings = (maxSteps: number) => [
      ...['threads=2', 'model.horizonSteps=4000', 'model.maxSplats=300', 'model.rowStride=2'],
      ...['model.start.points=100', 'model.densify.everySteps=10', `trainer.maxSteps=${maxSteps}`],
      ...Object.entries(densify).map(([key, value]) => `model.densify.${key}=${value}`),
      ...['checkpoint.everySteps=7', 'sinks=[]', 'evaluate.batchEverySteps=0', 'evaluate.imageEverySteps=0'],
    ];
    const train = (out: string, maxSteps: number) =>
      startCli(['train', 'splat-fast', '--data', scene, '--out', out, ...settings(maxSteps)]);
    const entries = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
    const runIn = (out: string) => path.join(out, entries(out)[0] ?? '');
    const newestOf = (out: string) =>
      Math.max(
        0,
        ...entries(path.join(runIn(out), 'checkpoints')).map((file) =>
          Number(/(\d+)\.ckpt$/.exec(file)?.[1] ?? 0),
        ),
      );
    const [unbroken, killed] = [temporaryFolder(), temporaryFolder()];
    const run = train(killed, 1e6);
    // All kinds have begun by then.
    while (newestOf(killed) < 100) await sleep(2);
    run.process.kill('SIGKILL');
    await run.result;
    // However late the kill was: it goes on for 100 steps from there.
    const steps = newestOf(killed) + 100;
    const { code, stderr } = await runCli(['resume', runIn(killed), `trainer.maxSteps=${steps}`]);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect((await train(unbroken, steps).result).code).toBe(0);
    const last = `checkpoints/step-${String(steps).padStart(9, '0')}.ckpt`;
    expect(await tensorsOf(runIn(killed), last)).toEqual(await tensorsOf(runIn(unbroken), last));
    // What training began with is not looked for again.
    expect(readFileSync(path.join(runIn(killed), 'run.log'), 'utf8').match(/splats begin at/g)).toHaveLength(
      1,
    );
  }, 120_000);
});
