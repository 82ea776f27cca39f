/**
 * The first hundred steps of a training with the defaults, in a process of its own: how long they take from the start, and the most memory
 * that the process had. node --import tsx firstSteps.ts DATA METHOD; says what a user would be told, and sends the figures to who started it.
 */
import { createTrainer } from '../../machines/createTrainer.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';

export interface FirstSteps {
  /** From the start of the process to the end of its first step. */
  readonly firstStepSeconds: number;
  /** What all threads of the process computed until then: on a busy machine it says more. */
  readonly firstStepCpuSeconds: number;
  /** Of one step, the mean of those after the first. */
  readonly stepMs: number;
  readonly peakMegabytes: number;
}

const steps = 100;
const [data = '', method = ''] = process.argv.slice(2);
const evaluate = { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 };
const config = await loadConfig(method, { data, evaluate });
const say = (_: object, message: string) => console.log(`  ${message}`);
let firstStepSeconds = 0;
let firstStepCpuSeconds = 0;
const trainer = createTrainer(config, {
  ...{ runDir: null, sinks: [] },
  log: {
    debug() {},
    info: (fields, message) => 'tell' in fields && say(fields, message),
    warn: say,
    error: say,
  },
  hooks: {
    afterStep({ step }) {
      const seconds = performance.now() / 1000;
      if (step === 1) {
        firstStepSeconds = seconds;
        const { user, system } = process.cpuUsage();
        firstStepCpuSeconds = (user + system) / 1e6;
      }
      if (step < steps) return;
      const stepMs = ((seconds - firstStepSeconds) * 1000) / (steps - 1);
      const peakMegabytes = process.resourceUsage().maxRSS / 1024;
      process.send?.({ firstStepSeconds, firstStepCpuSeconds, stepMs, peakMegabytes } satisfies FirstSteps);
      trainer.stop();
    },
  },
});
await trainer.done;
