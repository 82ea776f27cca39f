/**
 * Trains a model of one's own with the same Trainer, sinks, pause and checkpoints as a NeRF.
 *
 *   npx tsx examples/customPipeline.ts runs/sine 500          a new run of 500 steps
 *   npx tsx examples/customPipeline.ts runs/sine 800 resume   goes on to step 800
 *
 * Ctrl-C saves and ends; `kill -USR2 PID` pauses, and again resumes.
 */
import { consoleSink, createTrainer, defineConfig, jsonlSink } from '../src/index.ts';
import { sinePipeline } from './sinePipeline.ts';

const [runDir = 'runs/sine', maxSteps = '500', resume] = process.argv.slice(2);

const config = defineConfig({
  method: 'sine',
  threads: 1,
  groups: {
    network: {
      optimizer: { kind: 'adam', learningRate: 0.02 },
      scheduler: { kind: 'exponentialDecay', finalLearningRate: 0.001, maxSteps: 2_000 },
    },
  },
  trainer: { maxSteps: Number(maxSteps) },
  evaluate: { allImagesEverySteps: 100 },
  checkpoint: { everySteps: 100 },
});

const trainer = createTrainer(config, {
  pipeline: ({ trainer: { seed } }) => sinePipeline(seed),
  sinks: [consoleSink(), jsonlSink()],
  runDir,
  resume: resume === 'resume',
});

let paused = false;
process.on('SIGUSR2', () => {
  paused = !paused;
  if (paused) trainer.pause();
  else trainer.resume();
});
process.on('SIGINT', () => trainer.stop('interrupt'));

const { status, steps, eval: evaluation } = await trainer.done;
console.log(`${status} after ${steps} steps, PSNR ${evaluation?.psnr.toFixed(1) ?? 'not measured'} dB`);
