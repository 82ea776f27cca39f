import { describe, expect, it } from 'vitest';
import { optimizerSchema } from '../../src/optimizers/optimizerSchema.ts';

describe('optimizerSchema', () => {
  it.each([
    [{ kind: 'adam', learningRate: -1 }, 'learningRate', /must be > 0/],
    [{ kind: 'adam', betas: [0.9, 1] }, 'betas.1', /each beta must be < 1/],
    [{ kind: 'adan', betas: [-0.1, 0.9, 0.9] }, 'betas.0', /each beta must be >= 0/],
    [{ kind: 'sgd', nesterov: true }, 'nesterov', /nesterov needs a momentum > 0 and no dampening/],
    [{ kind: 'sgd', nesterov: true, momentum: 0.9, dampening: 0.1 }, 'nesterov', /no dampening/],
    [{ kind: 'sgd', momentum: 1 }, 'momentum', /must be < 1/],
    [{ kind: 'rmsprop', eps: -1 }, 'eps', /must be >= 0/],
    [{ kind: 'adamw', weightDecay: -1 }, 'weightDecay', /must be >= 0/],
    [{ kind: 'adagrad', initialAccumulator: -1 }, 'initialAccumulator', /must be >= 0/],
    [{ kind: 'adam', lr: 1 }, '', /lr/],
  ])('%j: one clear message at %s', (settings, path, message) => {
    const issues = optimizerSchema.safeParse(settings).error?.issues ?? [];
    expect(issues).toHaveLength(1);
    expect(issues[0]?.path.join('.')).toBe(path);
    expect(issues[0]?.message).toMatch(message);
  });

  it("has torch's defaults", () => {
    expect(optimizerSchema.parse({ kind: 'adam' })).toEqual({
      kind: 'adam',
      learningRate: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      amsgrad: false,
    });
    expect(optimizerSchema.parse({ kind: 'adamw' })).toMatchObject({ weightDecay: 1e-2 });
    expect(optimizerSchema.parse({ kind: 'nadam' })).toMatchObject({
      learningRate: 2e-3,
      momentumDecay: 4e-3,
    });
    expect(optimizerSchema.parse({ kind: 'adadelta' })).toMatchObject({
      learningRate: 1,
      rho: 0.9,
      eps: 1e-6,
    });
    expect(optimizerSchema.parse({ kind: 'rmsprop' })).toMatchObject({ learningRate: 1e-2, alpha: 0.99 });
  });
});
