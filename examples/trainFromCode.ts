/**
 * Trains a NeRF from photos, from code.
 *
 *   npx tsx examples/trainFromCode.ts photos/fox [seconds] [run folder]
 */
import { filter } from 'rxjs';
import { consoleSink, createTrainer, isScalar, loadConfig, tensorboardSink } from '../src/index.ts';

const [data = 'photos/fox', seconds = '60', runDir] = process.argv.slice(2);
const config = await loadConfig('instant-ngp', { data, trainer: { maxSeconds: Number(seconds) } });

const trainer = createTrainer(config, {
  ...(runDir !== undefined && { runDir }),
  sinks: [consoleSink(), tensorboardSink()],
});
trainer.metrics$
  .pipe(filter(isScalar('eval/batch/psnr')))
  .subscribe(({ step, value }) => console.log(`step ${step}: ${value.toFixed(2)} dB on held-out rays`));
process.on('SIGINT', () => trainer.stop('interrupt'));

const summary = await trainer.done;
console.log(
  `PSNR ${summary.eval?.psnr.toFixed(2)} dB after ${summary.trainSeconds.toFixed(1)} s of training`,
);
