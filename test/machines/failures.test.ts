import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { map, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Trainer } from '../../machines/trainer.ts';
import {
  CheckpointError,
  DataError,
  EngineError,
  NonFiniteError,
  RunFolderError,
  StepError,
} from '../../src/errors.ts';
import type { Pipeline } from '../../src/pipeline/pipeline.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import { csvSink } from '../../streams/sinks/csvSink.ts';
import { jsonlSink } from '../../streams/sinks/jsonlSink.ts';
import { linePipeline } from '../support/linePipeline.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { inState, startRun, undisturbedValues } from '../support/trainerRuns.ts';

/** Texts that a run publishes, by tag. */
function texts(trainer: Trainer): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  trainer.metrics$.subscribe((event) => {
    if (event.kind === 'text') found[event.tag] = [...(found[event.tag] ?? []), event.text];
  });
  return found;
}

describe('a run that cannot start', () => {
  it('[RF1] leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const fail = async () => {
      throw new DataError('photos/: no images', 'photos/');
    };
    const { trainer } = await startRun({}, { runDir: path.join(folder, 'a', 'b'), pipeline: fail });
    await expect(trainer.done).rejects.toThrow('photos/: no images');
    expect(readdirSync(folder)).toEqual([]);
    expect(trainer.actor.getSnapshot().value).toBe('failed');
  });

  it('[RF2] refuses an existing folder before it loads anything', async () => {
    const folder = temporaryFolder();
    let made = 0;
    const { trainer } = await startRun(
      {},
      {
        runDir: folder,
        pipeline: () => {
          made += 1;
          return linePipeline();
        },
      },
    );
    await expect(trainer.done).rejects.toThrow(RunFolderError);
    await expect(trainer.done).rejects.toThrow('already exists. Go on with it (nerfstream resume');
    expect([made, readdirSync(folder)]).toEqual([0, []]);
  });

  it('[TR19] disposes what it made of it, and not what it was given', async () => {
    const made = linePipeline();
    const given = linePipeline();
    const { trainer } = await startRun({}, { pipeline: () => made, load: '/nowhere.ckpt' });
    await expect(trainer.done).rejects.toThrow('/nowhere.ckpt');
    const second = await startRun({}, { pipeline: given, load: '/nowhere.ckpt' });
    await expect(second.trainer.done).rejects.toThrow();
    expect([made.disposed, given.disposed]).toEqual([true, false]);
  });
});

describe('a step that fails', () => {
  it('[TR13] ends the run with its number, and the summary says so', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const at = (point: string, step: number) => {
      if (point === 'inside' && step === 4) throw new Error('out of paint');
    };
    const { trainer } = await startRun({}, { runDir }, { at });
    const error = await trainer.done.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ step: 4, message: 'step 4: the pipeline failed: out of paint' });
    const summary = JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ status: 'failed', steps: 3, error: (error as Error).message });
    expect(existsSync(path.join(runDir, 'run.lock'))).toBe(false);
  });

  it.each(['before', 'inside'])(
    '[TR13] %s is saved as it was before that step, and goes on from there',
    async (where) => {
      const runDir = path.join(temporaryFolder(), 'run');
      const at = (point: string, step: number) => {
        if (point === where && step === 4) throw new Error('out of paint');
      };
      const { trainer } = await startRun({}, { runDir }, { at });
      await expect(trainer.done).rejects.toThrow('out of paint');
      expect(readdirSync(path.join(runDir, 'checkpoints'))).toEqual(['step-000000003.ckpt']);
      const summary = JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8'));
      expect(summary).toMatchObject({ status: 'failed', checkpoint: 'checkpoints/step-000000003.ckpt' });
      const next = await startRun({}, { runDir, resume: true });
      await next.trainer.done;
      expect(next.pipeline.calls.trainSteps[0]).toBe(4);
      expect(next.pipeline.values()).toEqual(await undisturbedValues());
    },
  );

  it('[TR13] is not saved half: when committing fails, the checkpoint before counts', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const at = (point: string, step: number) => {
      if (point === 'commit' && step === 4) throw new Error('grid');
    };
    const { trainer } = await startRun({ checkpoint: { everySteps: 2 } }, { runDir }, { at });
    await expect(trainer.done).rejects.toThrow("step 4: the pipeline's commit failed: grid");
    expect(readdirSync(path.join(runDir, 'checkpoints'))).toEqual(['step-000000002.ckpt']);
    const next = await startRun({}, { runDir, resume: true });
    await next.trainer.done;
    expect(next.pipeline.values()).toEqual(await undisturbedValues());
  });

  it('[TR13] passes errors of nerfstream on as they are', async () => {
    const failing: Pipeline = {
      groups: {},
      trainStep() {
        throw new EngineError('the kernels are gone');
      },
      dispose() {},
    };
    const { trainer } = await startRun({ groups: {} }, { pipeline: failing });
    await expect(trainer.done).rejects.toThrow(EngineError);
  });
});

describe('an evaluation that fails', () => {
  const failingAt = (call: number) => {
    let calls = 0;
    return () => {
      calls += 1;
      if (calls === call) throw new Error('too dark');
    };
  };

  it('[TR14] is reported, and training goes on', async () => {
    const { trainer, pipeline } = await startRun(
      { evaluate: { allImagesEverySteps: 5 } },
      {},
      { onEvalImage: failingAt(2) },
    );
    const found = texts(trainer);
    const summary = await trainer.done;
    expect(found['failures/evaluation']).toEqual(['step 5: the evaluation failed: too dark']);
    expect([summary.status, summary.steps]).toEqual(['completed', 10]);
    expect(pipeline.values()).toEqual(await undisturbedValues());
  });

  it('[TR14] at the end: the run is saved, then fails', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer } = await startRun({}, { runDir }, { onEvalImage: failingAt(3) });
    await expect(trainer.done).rejects.toThrow('step 10: the evaluation failed: too dark');
    expect(readdirSync(path.join(runDir, 'checkpoints'))).toEqual(['step-000000010.ckpt']);
    const summary = JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ status: 'failed', checkpoint: 'checkpoints/step-000000010.ckpt' });
  });
});

describe('a checkpoint that cannot be written', () => {
  it('[TR15] is reported, training goes on, and the next one is tried', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer, pipeline } = await startRun({ trainer: { startPaused: true } }, { runDir });
    const found = texts(trainer);
    await inState(trainer, 'paused');
    const checkpoints = path.join(runDir, 'checkpoints');
    rmSync(checkpoints, { recursive: true });
    writeFileSync(checkpoints, 'a file where the folder should be');
    trainer.checkpoint();
    trainer.stepOnce();
    await inState(trainer, 'paused');
    while (!found['failures/checkpoint']) await new Promise((resolve) => setTimeout(resolve, 5));
    rmSync(checkpoints);
    mkdirSync(checkpoints);
    trainer.resume();
    const summary = await trainer.done;
    expect(found['failures/checkpoint']).toHaveLength(1);
    expect(summary).toMatchObject({ status: 'completed', checkpoint: 'checkpoints/step-000000010.ckpt' });
    expect(pipeline.values()).toEqual(await undisturbedValues());
  });

  it('[TR15] at the end: the run fails, and says why', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer } = await startRun({ trainer: { startPaused: true } }, { runDir });
    await inState(trainer, 'paused');
    rmSync(path.join(runDir, 'checkpoints'), { recursive: true });
    writeFileSync(path.join(runDir, 'checkpoints'), 'a file where the folder should be');
    trainer.resume();
    await expect(trainer.done).rejects.toThrow(CheckpointError);
    const summary = JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ status: 'failed', steps: 10 });
    expect(summary.error).toContain('checkpoint');
  });
});

/** What everybody is told of the end of a run: all of it has to agree. */
async function endings(trainer: Trainer, runDir: string) {
  const ends = texts(trainer);
  let status = '';
  trainer.status$.subscribe(({ state }) => {
    status = state;
  });
  const done = await trainer.done.then(
    (summary) => summary.status,
    (error: Error) => `failed: ${error.message}`,
  );
  const file = path.join(runDir, 'summary.json');
  const written = statSync(file).isFile() ? JSON.parse(readFileSync(file, 'utf8')).status : undefined;
  return { done, status, machine: trainer.actor.getSnapshot().value, texts: ends, written };
}

describe('[TR26] the end of a run is told alike by the machine, the status, the promise, the metrics and the summary', () => {
  it('when the state for the last checkpoint cannot be had', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const pipeline = linePipeline();
    const state = () => {
      if (pipeline.calls.commits.length === 10) throw new Error('the grid is gone');
      return {};
    };
    const { trainer } = await startRun({}, { runDir, pipeline: { ...pipeline, state } });
    expect(await endings(trainer, runDir)).toMatchObject({
      done: 'failed: the grid is gone',
      status: 'failed',
      machine: 'failed',
      written: 'failed',
      texts: { 'run/end': ['failed: the grid is gone'], 'failures/checkpoint': ['the grid is gone'] },
    });
    expect(readdirSync(path.join(runDir, 'checkpoints'))).toEqual([]);
  });

  it('when the summary cannot be written', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer } = await startRun({ trainer: { startPaused: true } }, { runDir });
    await inState(trainer, 'paused');
    mkdirSync(path.join(runDir, 'summary.json'));
    trainer.resume();
    const message = `failed: ${path.join(runDir, 'summary.json')} cannot be written: it is a folder, not a file.`;
    expect(await endings(trainer, runDir)).toMatchObject({
      done: message,
      status: 'failed',
      machine: 'failed',
      texts: { 'run/end': [message] },
    });
    expect(existsSync(path.join(runDir, 'run.lock'))).toBe(false);
  });

  it('when what comes after it fails', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const dispose = () => {
      throw new Error('in use');
    };
    const warnings: string[] = [];
    const log = { debug() {}, info() {}, warn: (_: object, text: string) => warnings.push(text), error() {} };
    const { trainer } = await startRun({}, { runDir, log, pipeline: () => ({ ...linePipeline(), dispose }) });
    expect(await endings(trainer, runDir)).toMatchObject({
      done: 'completed',
      status: 'completed',
      machine: 'completed',
      written: 'completed',
      texts: { 'run/end': ['completed'] },
    });
    expect(warnings).toEqual(['at the end of the run: in use']);
  });
});

describe('a step that is not finite', () => {
  /** From step `from` on the loss is NaN until the learning rate of the group is at most `cure`. */
  function exploding(from: number, cure: number): Pipeline & { rates: number[] } {
    const inner = linePipeline();
    const rates: number[] = [];
    return {
      ...inner,
      rates,
      trainStep(step) {
        const output = inner.trainStep(step);
        const explodes = step >= from && (rates.at(-1) ?? 1) > cure;
        return explodes ? { ...output, losses: { loss: Number.NaN } } : output;
      },
    };
  }

  it('[TR13] fails by default', async () => {
    const { trainer } = await startRun({}, { pipeline: exploding(3, 0) });
    const error = await trainer.done.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NonFiniteError);
    expect((error as NonFiniteError).step).toBe(3);
  });

  it('is skipped if the config says so: it counts, and moves nothing', async () => {
    const inner = linePipeline();
    const skipping: Pipeline = {
      ...inner,
      trainStep: (step) =>
        step === 3 ? { losses: { loss: Number.NaN }, gradients: {} } : inner.trainStep(step),
    };
    const { trainer } = await startRun(
      { trainer: { maxSteps: 4, onNonFinite: 'skip' } },
      { pipeline: skipping },
    );
    expect((await trainer.done).steps).toBe(4);
    expect(inner.calls.commits).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['in memory', false],
    ['from files', true],
  ])('[TR16] goes back to the newest checkpoint at half the rates, %s', async (_name, onDisk) => {
    const runDir = onDisk ? path.join(temporaryFolder(), 'run') : null;
    const pipeline = exploding(5, 0.02);
    const { trainer } = await startRun(
      { trainer: { maxSteps: 8, onNonFinite: 'rollback' }, checkpoint: { everySteps: 3 } },
      { runDir, pipeline },
    );
    const steps: number[] = [];
    const rates: number[] = [];
    trainer.metrics$.subscribe((event) => {
      if (event.kind !== 'scalar' || event.tag !== 'learning_rate/line') return;
      steps.push(event.step);
      rates.push(event.value);
      pipeline.rates.push(event.value);
    });
    const found = texts(trainer);
    const summary = await trainer.done;
    expect(summary.steps).toBe(8);
    expect(steps).toEqual([1, 2, 3, 4, 4, 4, 5, 6, 7, 8]);
    expect(rates).toEqual([0.05, 0.05, 0.05, 0.05, 0.025, 0.0125, 0.0125, 0.0125, 0.0125, 0.0125]);
    expect(found['train/rollback']).toHaveLength(2);
  });

  it('[TR16] says that later steps are void: files and late subscribers have one value for each step', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const pipeline = exploding(6, 0.02);
    const { trainer } = await startRun(
      { trainer: { maxSteps: 8, onNonFinite: 'rollback' }, checkpoint: { everySteps: 3 } },
      { runDir, pipeline, sinks: [jsonlSink(), csvSink()] },
    );
    const made: number[] = [];
    const late: MetricEvent[] = [];
    trainer.metrics$.subscribe((event) => {
      if (event.kind === 'text' && event.tag === 'train/rollback') made.push(-event.step);
      if (event.kind !== 'scalar' || event.tag !== 'learning_rate/line') return;
      made.push(event.step);
      pipeline.rates.push(event.value);
      if (event.step === 7) trainer.metrics$.subscribe((past) => late.push(past));
    });
    await trainer.done;
    expect(made).toEqual([1, 2, 3, 4, 5, -3, 4, 5, -3, 4, 5, 6, 7, 8]);
    const rates = [0.05, 0.05, 0.05, ...[4, 5, 6, 7, 8].map(() => 0.0125)];
    const ratesIn = (events: readonly { tag: string; step: number; value?: unknown }[]) =>
      events
        .filter(({ tag }) => tag === 'learning_rate/line')
        .map(({ step, value }) => [step, Number(value)]);
    const expected = rates.map((rate, index) => [index + 1, rate]);
    expect(ratesIn(late)).toEqual(expected);
    const lines = (file: string) => readFileSync(path.join(runDir, file), 'utf8').trimEnd().split('\n');
    expect(ratesIn(lines('metrics.jsonl').map((line) => JSON.parse(line)))).toEqual(expected);
    const table = lines('metrics.csv').map((line) => line.split(','));
    expect(
      ratesIn(table.map(([step, , tag, value]) => ({ step: Number(step), tag: tag as string, value }))),
    ).toEqual(expected);
  });

  it('[TR16] goes back to the start without a checkpoint, and gives up in the end', async () => {
    const pipeline = exploding(3, 0);
    const { trainer } = await startRun(
      { trainer: { maxSteps: 8, onNonFinite: 'rollback' } },
      { runDir: null, pipeline },
    );
    const steps: number[] = [];
    trainer.metrics$.subscribe(({ tag, step }) => tag === 'train/loss' && steps.push(step));
    await expect(trainer.done).rejects.toThrow(NonFiniteError);
    expect(steps).toEqual(Array.from({ length: 6 }, () => [1, 2]).flat());
  });
});

describe('surroundings that fail', () => {
  it.each(['metrics', 'status'] as const)(
    '[WR2] a subscriber of the %s that throws harms nobody',
    async (name) => {
      const warnings: string[] = [];
      const log = {
        debug() {},
        info() {},
        warn: (_: object, text: string) => warnings.push(text),
        error() {},
      };
      const { trainer, pipeline } = await startRun({}, { log });
      const stream$: Observable<unknown> = trainer[`${name}$`];
      let calls = 0;
      const fail = () => {
        calls += 1;
        throw new Error('bad plot');
      };
      stream$.subscribe(fail);
      stream$.pipe(map((value) => value)).subscribe(fail);
      let others = 0;
      stream$.subscribe(() => others++);
      await trainer.done;
      const warning = `a subscriber of the ${name} threw and is left out from now on: bad plot`;
      expect(warnings).toEqual([warning, warning]);
      expect(calls).toBe(2);
      expect(others).toBeGreaterThan(10);
      expect(pipeline.values()).toEqual(await undisturbedValues());
    },
  );

  it.skipIf(process.getuid?.() === 0)('[RF1] a folder that may not be written', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    const { trainer } = await startRun({}, { runDir: path.join(folder, 'run') });
    await expect(trainer.done).rejects.toThrow('the run folder cannot be created');
  });
});
