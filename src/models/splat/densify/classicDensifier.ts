/**
 * The classic densification (Kerbl et al. 2023): splats whose place matters to the loss more than a threshold are cloned if small and split if
 * large; transparent and too large ones go; now and then all become nearly transparent, from where those that matter recover.
 */
import { z } from 'zod';
import { RandomStream, randomKey } from '../../../rng.ts';
import type { SplatValues } from '../splatParameters.ts';
import { logit } from '../splatUnits.ts';
import { type Densification, defineDensifier, type SplatShapes } from './densifier.ts';
import { isDensified, minOpacity, shareOfHorizon, stepsBetween } from './densifierSettings.ts';
import { noiseAt } from './noiseAt.ts';
import { largestRows, longestAxis, opaqueRows, rotationOfRow, withCopies } from './splatRows.ts';

/** The halves of a split are 1.6 times smaller. */
const halfScale = -Math.log(1.6);

export const classicDensifier = defineDensifier({
  kind: 'classic',
  schema: z
    .strictObject({
      everySteps: stepsBetween(100),
      fromShare: shareOfHorizon(0.02).describe('Share of the horizon after which splats come and go.'),
      untilShare: shareOfHorizon(0.5).describe('Share of the horizon until which they do.'),
      minOpacity: minOpacity(),
      gradientThreshold: z
        .number()
        .positive()
        .default(2e-5)
        .describe(
          "Mean d loss / d place, in half of a photo's longer side, above which a splat is cloned or split. The loss is a mean of squared errors: a tenth of the paper's 2e-4 for absolute ones.",
        ),
      cloneSize: z
        .number()
        .positive()
        .default(0.01)
        .describe('Splats up to this long are cloned, longer ones split. All cameras lie within 1.'),
      maxSize: z
        .number()
        .positive()
        .default(0.1)
        .describe('Longer splats are removed, once opacities were reset.'),
      resetEveryShare: shareOfHorizon(0.1).describe(
        'Each time that such a share of the horizon is over, opacities become twice minOpacity at most.',
      ),
    })
    .describe('Above a threshold small splats are cloned, large ones split; opacities are reset at times.'),
  create(settings, setting) {
    const { everySteps, resetEveryShare, gradientThreshold } = settings;
    const resetsUntil = (position: number) =>
      resetEveryShare === 0 ? 0 : Math.floor((position - 1) / setting.horizonSteps / resetEveryShare);
    /** Of the mean length of a gradient by pixels. */
    const threshold = (2 * gradientThreshold) / setting.photoSide;
    return {
      densify({ step, position, values, screenGradients }) {
        if (!isDensified({ step, position }, settings, setting)) return undefined;
        // Positions and steps grow alike.
        const before = position - (everySteps * position) / step;
        const mostScale = resetsUntil(before) > 0 ? Math.log(settings.maxSize) : Infinity;
        const kept = opaqueRows(values, settings.minOpacity).filter(
          (row) => longestScale(values.scales, row) <= mostScale,
        );
        const scores = screenGradients();
        const wanted = kept.filter((row) => scores[row]! > threshold);
        const room = Math.max(0, setting.maxSplats - kept.length);
        const grown = largestRows(wanted, scores, Math.min(room, wanted.length));
        const key = randomKey(setting.seed, RandomStream.densification, step);
        const next = cloneOrSplit(values, kept, grown, Math.log(settings.cloneSize), key);
        if (resetsUntil(position) === resetsUntil(before)) return next;
        resetOpacities(next.shapes.opacities, 2 * settings.minOpacity);
        return { ...next, anew: ['opacities'] };
      },
    };
  },
});

/** Each of `grown`, a part of `kept`, becomes two; both ascending. The second comes behind all others. */
function cloneOrSplit(
  values: SplatValues,
  kept: Int32Array,
  grown: Int32Array,
  mostCloned: number,
  key: number,
): Densification {
  const next = withCopies(values, kept, grown);
  for (let row = 0, done = 0; done < grown.length; row++) {
    const source = kept[row]!;
    if (source !== grown[done]) continue;
    const second = kept.length + done++;
    next.from[second] = -1;
    if (longestScale(values.scales, source) <= mostCloned) continue;
    next.from[row] = -1;
    const rotation = rotationOfRow(values.rotations, source);
    for (const half of [row, second]) moveWithin(next.shapes, rotation, half, key);
  }
  return next;
}

/** A copy of a splat becomes a smaller one at a random place within it. */
function moveWithin(
  { means, scales }: SplatShapes,
  rotation: readonly number[],
  row: number,
  key: number,
): void {
  for (let axis = 0; axis < 3; axis++) {
    const shift = noiseAt(key, row * 3 + axis) * Math.exp(scales[row * 3 + axis]!);
    for (let k = 0; k < 3; k++) means[row * 3 + k]! += rotation[k * 3 + axis]! * shift;
    scales[row * 3 + axis]! += halfScale;
  }
}

function longestScale(scales: Float32Array, row: number): number {
  return scales[row * 3 + longestAxis(scales, row)]!;
}

function resetOpacities(opacities: Float32Array, most: number): void {
  const highest = logit(most);
  for (let row = 0; row < opacities.length; row++) opacities[row] = Math.min(opacities[row]!, highest);
}
