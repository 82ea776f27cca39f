/**
 * Splats as samples of a Markov chain (3DGS-MCMC, Kheradmand et al. 2024): dead ones become copies of living ones, their number grows by a share, and
 * noise moves those that are nearly transparent.
 */
import { z } from 'zod';
import { RandomStream, randomKey, uniformAt } from '../../../rng.ts';
import type { SplatValues } from '../splatParameters.ts';
import { logit, opacityOf } from '../splatUnits.ts';
import { type Densification, defineDensifier } from './densifier.ts';
import { isDensified, minOpacity, shareOfHorizon, stepsBetween } from './densifierSettings.ts';
import { noiseAt } from './noiseAt.ts';
import { opaqueRows, rotationOfRow, withCopies } from './splatRows.ts';

export const mcmcDensifier = defineDensifier({
  kind: 'mcmc',
  schema: z
    .strictObject({
      everySteps: stepsBetween(100),
      fromShare: shareOfHorizon(0.01).describe('Share of the horizon after which splats are relocated.'),
      untilShare: shareOfHorizon(0.83).describe('Share of the horizon until which they are.'),
      minOpacity: minOpacity().describe(
        'More transparent splats are dead: they become copies of living ones.',
      ),
      growth: z
        .number()
        .nonnegative()
        .default(0.05)
        .describe('Share by which their number grows each time, up to maxSplats.'),
      noise: z
        .number()
        .nonnegative()
        .default(1e5)
        .describe('Noise on positions: times their learning rate and the covariance. 0: none.'),
      opacityPenalty: z
        .number()
        .nonnegative()
        .default(1e-3)
        .describe('Added to the loss: this times the mean opacity, of splats in view.'),
      scalePenalty: z
        .number()
        .nonnegative()
        .default(1e-3)
        .describe('Added to the loss: this times the mean length of their axes, of splats in view.'),
    })
    .describe('Transparent splats are moved onto others, and noise moves what is nearly transparent.'),
  create(settings, setting) {
    const { seed, maxSplats } = setting;
    return {
      penalties: { opacity: settings.opacityPenalty, scale: settings.scalePenalty },
      move(step, values, learningRate) {
        const key = randomKey(seed, RandomStream.langevin, step);
        addNoise(values, settings.noise * learningRate, settings.minOpacity, key);
      },
      densify({ step, position, values }) {
        if (!isDensified({ step, position }, settings, setting)) return undefined;
        const count = values.opacities.length;
        const alive = opaqueRows(values, settings.minOpacity);
        if (alive.length === 0) return undefined;
        const target = Math.max(count, Math.min(maxSplats, Math.floor((1 + settings.growth) * count)));
        const key = randomKey(seed, RandomStream.densification, step);
        const drawn = drawByOpacity(values.opacities, alive, target - alive.length, key);
        return copyOnto(values, alive, drawn, settings.minOpacity);
      },
    };
  },
});

/**
 * Draws rows with replacement, each as often as it is opaque.
 * @param rows ascending, at least one
 * @returns [count] places in `rows`, ascending
 */
function drawByOpacity(opacities: Float32Array, rows: Int32Array, count: number, key: number): Int32Array {
  const sums = new Float64Array(rows.length);
  let sum = 0;
  for (let place = 0; place < rows.length; place++) {
    sum += opacityOf(opacities[rows[place]!]!);
    sums[place] = sum;
  }
  const at = new Float64Array(count);
  for (let draw = 0; draw < count; draw++) at[draw] = sum * uniformAt(key, draw);
  at.sort();
  const drawn = new Int32Array(count);
  for (let draw = 0, place = 0; draw < count; draw++) {
    while (place < rows.length - 1 && sums[place]! <= at[draw]!) place++;
    drawn[draw] = place;
  }
  return drawn;
}

/** The living ones, and behind them copies of those that were drawn: together these look as each did alone. */
function copyOnto(
  values: SplatValues,
  alive: Int32Array,
  drawn: Int32Array,
  leastOpacity: number,
): Densification {
  const next = withCopies(
    values,
    alive,
    drawn.map((place) => alive[place]!),
  );
  const { shapes, from } = next;
  for (let draw = 0; draw < drawn.length; ) {
    const place = drawn[draw]!;
    const first = draw;
    while (draw < drawn.length && drawn[draw] === place) draw++;
    const { opacity, scale } = shareOfOne(opacityOf(shapes.opacities[place]!), draw - first + 1);
    const become = (row: number) => {
      shapes.opacities[row] = logit(Math.max(leastOpacity, opacity));
      for (let k = 0; k < 3; k++) shapes.scales[row * 3 + k]! += Math.log(scale);
      from[row] = -1;
    };
    become(place);
    for (let copy = first; copy < draw; copy++) become(alive.length + copy);
  }
  return next;
}

/**
 * What each of `copies` splats in one place must be, to look as one does (equation 9 of the paper): in the middle as opaque, and along a line
 * through it the same integral. The paper's double sum is C(N, k) (-1)^(k+1) o^k / sqrt(k) over k = 1..N.
 * @returns the opacity, and a factor for the lengths of the axes
 */
export function shareOfOne(opacity: number, copies: number): { opacity: number; scale: number } {
  const share = -Math.expm1(Math.log1p(-opacity) / copies);
  let sum = 0;
  let term = -1;
  for (let k = 1; k <= copies; k++) {
    term *= (-share * (copies - k + 1)) / k;
    sum += term / Math.sqrt(k);
  }
  return { opacity: share, scale: opacity / sum };
}

/** How steeply noise sets in below the least opacity. */
const steepness = 100;
/** Noise this small moves nothing. */
const leastNoise = 1e-6;

/**
 * Adds to each mean `strength * sigmoid(100 (minOpacity - opacity)) * covariance * noise`: what is nearly transparent wanders along its longest
 * axes. Mean and variance of the noise are all that the Langevin equation asks of small steps, and both are the same in the splat's own axes.
 */
function addNoise(values: SplatValues, strength: number, leastOpacity: number, key: number): void {
  const { means, scales, rotations, opacities } = values;
  if (strength === 0) return;
  const mostOpaque = logit(Math.min(0.999, leastOpacity + Math.log(1 / leastNoise) / steepness));
  const along = [0, 0, 0];
  for (let row = 0; row < opacities.length; row++) {
    if (!(opacities[row]! < mostOpaque)) continue;
    const gate = strength / (1 + Math.exp(steepness * (opacityOf(opacities[row]!) - leastOpacity)));
    const rotation = rotationOfRow(rotations, row);
    for (let axis = 0; axis < 3; axis++)
      along[axis] = gate * Math.exp(2 * scales[row * 3 + axis]!) * noiseAt(key, row * 3 + axis);
    for (let k = 0; k < 3; k++)
      means[row * 3 + k]! +=
        rotation[k * 3]! * along[0]! + rotation[k * 3 + 1]! * along[1]! + rotation[k * 3 + 2]! * along[2]!;
  }
}
