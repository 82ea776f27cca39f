/** `nerfstream/optimizers` is a promise, too; it names every optimizer, transform and schedule that a config can name. */
import { describe, expect, it } from 'vitest';
import * as optimizers from '../../src/optimizers/index.ts';
import { optimizerSchema } from '../../src/optimizers/optimizerSchema.ts';
import { transformSchema } from '../../src/optimizers/transformSchema.ts';
import { schedulerSchema } from '../../src/schedulers/schedulerSchema.ts';

const others = [
  'chain',
  'createGradientAccumulator',
  'createGroupTransform',
  'createLossScale',
  'createOptimizer',
  'createOptimizers',
  'createPatience',
  'createSchedule',
  'createSchedulers',
  'createSpikeDetector',
  'disposeState',
  'optimizerSchema',
  'schedulerSchema',
  'transformSchema',
  'withAverages',
];

/** Exported under another name than its kind. */
const exportOf: Readonly<Record<string, string>> = { reduceOnPlateau: 'plateau' };

describe('nerfstream/optimizers', () => {
  it('exports every kind, what composes them, and nothing else', () => {
    const kinds = [optimizerSchema, transformSchema, schedulerSchema].flatMap((schema) =>
      schema.options.map(({ shape }) => String([...shape.kind.values][0])),
    );
    const names = [...kinds.map((kind) => exportOf[kind] ?? kind), ...others];
    expect(Object.keys(optimizers).sort()).toEqual(names.sort());
  });
});
