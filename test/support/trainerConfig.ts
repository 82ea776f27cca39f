/** Small configurations for trainer tests. */
import { type Config, type ConfigInput, configSchema } from '../../src/config/schema.ts';

/** Two groups under Adam, ten steps, nothing on an interval, no sinks; `overrides` replace whole sections. */
export function trainerConfig(overrides: ConfigInput = {}): Config {
  const { trainer, evaluate, checkpoint, ...rest } = overrides;
  return configSchema.parse({
    method: 'line',
    sinks: [],
    groups: {
      line: { optimizer: { kind: 'adam', learningRate: 0.05 } },
      shift: { optimizer: { kind: 'adam', learningRate: 0.05 } },
    },
    trainer: { maxSteps: 10, ...trainer },
    evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0, ...evaluate },
    checkpoint: { everySteps: 0, ...checkpoint },
    ...rest,
  });
}
