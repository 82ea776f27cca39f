/**
 * What an MLflow sink costs a training in the same thread, the worst case (on the command line sinks have a thread of
 * their own): without a server, with one that is away, and (where Python has mlflow) with a real one. Steps are very
 * short here, so that the cost shows; what counts is the extra processor time a step beside that of a real step. Prints
 * the best of several interleaved runs.
 *
 *     npx tsx bench/mlflowOutage.ts [steps] [rounds]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sinePipeline } from '../examples/sinePipeline.ts';
import {
  createEngine,
  createTrainer,
  defineConfig,
  type Engine,
  jsonlSink,
  type Sink,
} from '../src/index.ts';
import { mlflowSink } from '../streams/sinks/mlflowSink.ts';
import { type MlflowServer, mlflowServer } from '../test/sinks/support/mlflowServer.ts';
import { pythonHas } from '../test/sinks/support/python.ts';

const [steps = 3_000, rounds = 5] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-bench-'));

/** A step of the demo on two cores takes about as long. */
const realStepMs = 20;

/** Processor milliseconds of this process a step, from the first to the last: what happens between steps counts. */
async function cpuMsPerStep(engine: Engine, runDir: string, sinks: readonly Sink[]): Promise<number> {
  let first = process.cpuUsage();
  let used = { user: 0, system: 0 };
  const config = defineConfig({
    method: 'sine',
    groups: { network: { optimizer: { kind: 'adam', learningRate: 0.02 } } },
    trainer: { maxSteps: steps },
    evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
    checkpoint: { everySteps: 0 },
  });
  await createTrainer(config, {
    engine,
    pipeline: () => sinePipeline(1),
    runDir,
    sinks,
    hooks: {
      beforeStep(step) {
        if (step === 1) first = process.cpuUsage();
      },
      afterStep() {
        used = process.cpuUsage(first);
      },
    },
  }).done;
  return (used.user + used.system) / 1000 / steps;
}

let server: MlflowServer | undefined;
const engine = await createEngine({ engine: 'auto', threads: 1 });
try {
  if (pythonHas('mlflow')) {
    server = await mlflowServer(folder);
    await server.start();
  }
  const url = server?.url;
  const variants: Record<string, () => Sink[]> = {
    'metrics.jsonl alone': () => [],
    'MLflow, server away': () => [mlflowSink({ url: 'http://127.0.0.1:9', flushTimeoutMs: 1 })],
    ...(url !== undefined && { 'MLflow, server there': () => [mlflowSink({ url, flushTimeoutMs: 60_000 })] }),
  };
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round++)
    for (const [name, sinks] of Object.entries(variants)) {
      const runDir = path.join(folder, `${name}-${round}`);
      const milliseconds = await cpuMsPerStep(engine, runDir, [jsonlSink(), ...sinks()]);
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, milliseconds));
    }
  const reference = best.get('metrics.jsonl alone')!;
  for (const [name, milliseconds] of best)
    console.log(
      `${name}: ${milliseconds.toFixed(3)} ms of processor time a step, ` +
        `${((100 * (milliseconds - reference)) / realStepMs).toFixed(2)}% of a step of ${realStepMs} ms more`,
    );
} finally {
  await server?.kill();
  engine.dispose();
  rmSync(folder, { recursive: true, force: true });
}
