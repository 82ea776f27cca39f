/** From an optimizer's settings to its transform. */
import { adadelta } from './adadelta.ts';
import { adagrad } from './adagrad.ts';
import { adam } from './adam.ts';
import { adamax } from './adamax.ts';
import { adamw } from './adamw.ts';
import { adan } from './adan.ts';
import { lion } from './lion.ts';
import { nadam } from './nadam.ts';
import type { OptimizerConfig } from './optimizerSchema.ts';
import { radam } from './radam.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';
import type { Transform } from './transform.ts';

/** The transform that `config.kind` names. */
export function createOptimizer(config: OptimizerConfig): Transform {
  switch (config.kind) {
    case 'sgd':
      return sgd(config);
    case 'adam':
      return adam(config);
    case 'adamw':
      return adamw(config);
    case 'radam':
      return radam(config);
    case 'nadam':
      return nadam(config);
    case 'adamax':
      return adamax(config);
    case 'adagrad':
      return adagrad(config);
    case 'adadelta':
      return adadelta(config);
    case 'rmsprop':
      return rmsprop(config);
    case 'lion':
      return lion(config);
    case 'adan':
      return adan(config);
  }
}
