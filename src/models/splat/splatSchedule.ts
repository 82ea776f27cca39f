/** What a training step of splats looks at; a function of the step, and of where it stands among the horizon's. */
import { RandomStream, randomAt, randomKey, uniformAt } from '../../rng.ts';
import type { BudgetedSplatConfig } from './splatBudget.ts';
import type { Color } from './splatKernels.ts';

/** A step's part of the photos. */
export interface SplatStep {
  readonly photo: number;
  /** How many times the photo's sides are halved. */
  readonly level: number;
  readonly rowStride: number;
  readonly rowPhase: number;
  /** Degree of the harmonics in use. */
  readonly degree: number;
  readonly background: Color;
}

export interface SplatSchedule {
  step(step: number, position: number): SplatStep;
}

const colors = { white: [1, 1, 1], black: [0, 0, 0] } as const;

/** @param hasAlpha without transparent photos nothing is ever seen behind: it is black then */
export function splatSchedule(
  config: BudgetedSplatConfig,
  photos: number,
  hasAlpha: boolean,
  seed: number,
): SplatSchedule {
  let epoch: { readonly number: number; readonly order: Int32Array } = {
    number: -1,
    order: new Int32Array(),
  };
  const orderOf = (number: number) => {
    if (epoch.number !== number)
      epoch = { number, order: shuffled(photos, randomKey(seed, RandomStream.shuffle, number)) };
    return epoch.order;
  };
  const backgroundOf = (step: number): Color => {
    if (!hasAlpha) return colors.black;
    if (config.background !== 'random') return colors[config.background];
    const key = randomKey(seed, RandomStream.background, step);
    return [uniformAt(key, 0), uniformAt(key, 1), uniformAt(key, 2)];
  };
  return {
    step(step, position) {
      const share = (position - 1) / config.horizonSteps;
      const level = share < config.quarterUntil ? 2 : share < config.halfUntil ? 1 : 0;
      const rowStride = [config.rowStride, config.halfRowStride, 1][level]!;
      const degree = share < config.firstDegreeFrom ? 0 : share < config.higherDegreesFrom ? 1 : 3;
      return {
        photo: orderOf(Math.floor((step - 1) / photos))[(step - 1) % photos]!,
        level,
        rowStride,
        rowPhase: randomAt(randomKey(seed, RandomStream.pixels, step), 0) % rowStride,
        degree: Math.min(config.harmonicsDegree, degree),
        background: backgroundOf(step),
      };
    },
  };
}

/** 0 to count - 1 in random order (Fisher and Yates). */
function shuffled(count: number, key: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = randomAt(key, last) % (last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
