/**
 * Densification with a budget: the number of splats grows evenly to what is asked for. Transparent ones go, and as many as are to come are
 * made by splitting those whose place in the pictures matters most to the loss.
 */
import { z } from 'zod';
import type { SplatValues } from '../splatParameters.ts';
import { logit, opacityOf } from '../splatUnits.ts';
import { type Densification, defineDensifier, type SplatShapes, type SplatsNow } from './densifier.ts';
import { isDensified, minOpacity, shareOfHorizon, stepsBetween } from './densifierSettings.ts';
import { largestRows, longestAxis, opaqueRows, rotationOfRow, withCopies } from './splatRows.ts';

/** A split makes two of one: this far from the centre in standard deviations of the longest axis; sizes and opacity shrink. */
const offset = 0.6;
const longAxis = Math.log(0.6);
const otherAxes = Math.log(0.9);
const splitOpacity = 0.7;
/** Share of the splats that are split at once, at most. */
const mostSplit = 0.5;

export const budgetDensifier = defineDensifier({
  kind: 'budget',
  schema: z
    .strictObject({
      everySteps: stepsBetween(100),
      fromShare: shareOfHorizon(0.01).describe(
        'Share of the horizon after which splats are removed and split.',
      ),
      growUntil: shareOfHorizon(0.7).describe(
        'Share of the horizon until which their number grows to maxSplats, evenly.',
      ),
      pruneUntil: shareOfHorizon(0.9).describe(
        'Share of the horizon until which transparent splats are removed.',
      ),
      minOpacity: minOpacity(),
    })
    .describe('Transparent splats are removed; those whose place in the pictures matters most are split.'),
  create(settings, { maxSplats, horizonSteps }) {
    const { everySteps, fromShare, growUntil, pruneUntil } = settings;
    /** How many splats there are to be after a step; 0: as many as are left; undefined: nothing is done. */
    const targetOf = (now: Pick<SplatsNow, 'step' | 'position' | 'initialCount'>) => {
      const share = (now.position - 1) / horizonSteps;
      if (!isDensified(now, { everySteps, fromShare, untilShare: pruneUntil }, { horizonSteps }))
        return undefined;
      if (share >= growUntil) return 0;
      const grown = (share - fromShare) / (growUntil - fromShare);
      return Math.floor(now.initialCount + (maxSplats - now.initialCount) * grown);
    };
    return {
      densify(now) {
        const target = targetOf(now);
        if (target === undefined) return undefined;
        const { values, screenGradients } = now;
        const kept = opaqueRows(values, settings.minOpacity);
        const wanted = Math.min(Math.max(0, target - kept.length), Math.floor(kept.length * mostSplit));
        return splitRows(values, kept, largestRows(kept, screenGradients(), wanted));
      },
    };
  },
});

/** The first half takes the place of the whole, the second comes behind all others. @param split a part of `kept`, both ascending */
function splitRows(values: SplatValues, kept: Int32Array, split: Int32Array): Densification {
  const next = withCopies(values, kept, split);
  for (let row = 0, done = 0; done < split.length; row++) {
    if (kept[row] !== split[done]) continue;
    const second = kept.length + done++;
    splitInTwo(next.shapes, rotationOfRow(values.rotations, kept[row]!), row, second);
    next.from[row] = -1;
    next.from[second] = -1;
  }
  return next;
}

/** Makes halves of two copies of a splat that is turned by `rotation`. */
function splitInTwo(
  { means, scales, opacities }: SplatShapes,
  rotation: readonly number[],
  first: number,
  second: number,
): void {
  const axis = longestAxis(scales, first);
  const length = offset * Math.exp(scales[first * 3 + axis]!);
  const opacity = splitOpacity * opacityOf(opacities[first]!);
  for (let k = 0; k < 3; k++) {
    const shift = rotation[k * 3 + axis]! * length;
    means[first * 3 + k]! += shift;
    means[second * 3 + k]! -= shift;
  }
  for (const row of [first, second]) {
    for (let k = 0; k < 3; k++) scales[row * 3 + k]! += k === axis ? longAxis : otherAxes;
    opacities[row] = logit(opacity);
  }
}
