/** From a group's settings to the one transform that moves it. */
import { addDecayedWeights } from './addDecayedWeights.ts';
import { addNoise } from './addNoise.ts';
import { chain } from './chain.ts';
import { clipByGlobalNorm, clipByParameterNorm, clipByValue } from './clipTransforms.ts';
import { createOptimizer } from './createOptimizer.ts';
import { ema } from './ema.ts';
import { lookahead } from './lookahead.ts';
import type { OptimizerConfig } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';
import type { TransformConfig } from './transformSchema.ts';

/**
 * The optimizer with its transforms: those of gradients before it, those that watch parameters (lookahead, ema) after it, each
 * kind in the order of the list.
 * @throws ConfigError where lookahead or ema is named twice
 */
export function createGroupTransform(
  optimizer: OptimizerConfig,
  transforms: readonly TransformConfig[] = [],
): Transform {
  const isAfter = ({ kind }: TransformConfig) => kind === 'lookahead' || kind === 'ema';
  return chain(
    ...transforms.filter((one) => !isAfter(one)).map(createTransform),
    createOptimizer(optimizer),
    ...transforms.filter(isAfter).map(createTransform),
  );
}

function createTransform(config: TransformConfig): Transform {
  switch (config.kind) {
    case 'clipByGlobalNorm':
      return clipByGlobalNorm(config);
    case 'clipByParameterNorm':
    case 'clipByElementNorm':
      return clipByParameterNorm(config);
    case 'clipByValue':
      return clipByValue(config);
    case 'addDecayedWeights': {
      const { weightDecay, parameters } = config;
      return addDecayedWeights(
        parameters ? { weightDecay, mask: (name) => parameters.includes(name) } : { weightDecay },
      );
    }
    case 'addNoise':
      return addNoise(config);
    case 'lookahead':
      return lookahead(config);
    case 'ema':
      return ema(config);
  }
}
