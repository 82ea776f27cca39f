/**
 * The hash grid's encoding as an operation on tensors: 16 levels of 2 features, 2^19 entries a level, 262,144 samples on 4,096
 * straight rays. The reference is the same arithmetic as a loop over typed arrays in JavaScript, on an eighth of the samples.
 */
import { type HashGridLevel, hashGridEntries, hashGridLevels } from '../src/fields/hashGridLevels.ts';
import { RandomStream, randomKey, uniformAt } from '../src/rng.ts';
import { createEngine } from '../src/tensors/createEngine.ts';
import { hashGridEncode } from '../src/tensors/ops/hashGridEncode.ts';
import { runKernelOp } from '../src/tensors/ops/kernelOp.ts';
import * as tf from '../src/tensors/tf.ts';
import { isMain, type Measurement, report } from './report.ts';
import { fastestOf } from './support/fastestOf.ts';

const [rays, samplesPerRay, features] = [4096, 64, 2];
const samples = rays * samplesPerRay;
/** The scalar loop does this part of the work; its time is multiplied. */
const scalarShare = 8;
const levels = hashGridLevels({
  levels: 16,
  featuresPerLevel: features as 2,
  log2TableSize: 19,
  baseResolution: 16,
  maxResolution: 2048,
});

/** Positions along rays through the unit cube. @returns [samples, 3] */
function positionsOnRays(): Float32Array {
  const key = randomKey(1, RandomStream.noise, 0);
  return Float32Array.from({ length: samples * 3 }, (_, index) => {
    const [sample, axis] = [Math.floor(index / 3), index % 3];
    const ray = Math.floor(sample / samplesPerRay) * 6;
    const [from, to] = [uniformAt(key, ray + axis), uniformAt(key, ray + 3 + axis)];
    return from + ((to - from) * (sample % samplesPerRay)) / samplesPerRay;
  });
}

/** Scalar JavaScript: encodes (adds to `rows`) or, with `gradient`, adds the gradient of `rows` to the table's. */
function scalarEncode(
  table: Float32Array,
  positions: Float32Array,
  rows: Float32Array,
  gradient?: Float32Array,
) {
  const count = positions.length / 3 / scalarShare;
  const width = levels.length * features;
  for (const [index, level] of levels.entries()) {
    const { scale } = level;
    for (let sample = 0; sample < count; sample++) {
      const x = positions[sample * 3]! * scale + 0.5;
      const y = positions[sample * 3 + 1]! * scale + 0.5;
      const z = positions[sample * 3 + 2]! * scale + 0.5;
      const [bx, by, bz] = [Math.floor(x), Math.floor(y), Math.floor(z)];
      const at = sample * width + index * features;
      for (let corner = 0; corner < 8; corner++) {
        const [dx, dy, dz] = [corner & 1, (corner >> 1) & 1, corner >> 2];
        const weight = (dx ? x - bx : 1 - x + bx) * (dy ? y - by : 1 - y + by) * (dz ? z - bz : 1 - z + bz);
        const entry = entryOf(level, bx + dx, by + dy, bz + dz) * features;
        for (let k = 0; k < features; k++)
          if (gradient) gradient[entry + k]! += weight * rows[at + k]!;
          else rows[at + k]! += weight * table[entry + k]!;
      }
    }
  }
}

function entryOf(
  { hashed, resolution, entries, firstEntry }: HashGridLevel,
  x: number,
  y: number,
  z: number,
) {
  if (!hashed) return firstEntry + x + resolution * (y + resolution * z);
  return firstEntry + ((x ^ Math.imul(y, 2654435761) ^ Math.imul(z, 805459861)) & (entries - 1));
}

/** Milliseconds of forward and the two gradients, and of the scalar loops. */
export async function benchEncode(threads = 2, rounds = 7): Promise<Measurement[]> {
  const engine = await createEngine({ engine: 'simd', threads });
  const entries = hashGridEntries(levels);
  const numbers = positionsOnRays();
  const positions = tf.tensor2d(numbers, [samples, 3]);
  const table = tf.tidy(() => tf.randomUniform([entries, features], -1, 1)) as tf.Tensor2D;
  const dy = tf.ones([samples, levels.length * features]);
  const once = (name: string) => tf.dispose(runKernelOp(name, { dy, positions, table }, { levels }));
  const ours = await fastestOf(
    {
      forward: () => hashGridEncode(positions, table, levels).dispose(),
      table: () => once('HashGridTableGradient'),
      positions: () => once('HashGridPositionGradient'),
    },
    rounds,
  );
  const values = Float32Array.from(table.dataSync<'float32'>());
  const rows = new Float32Array((samples / scalarShare) * levels.length * features);
  const gradient = new Float32Array(values.length);
  const scalar = await fastestOf(
    {
      forward: () => scalarEncode(values, numbers, rows),
      table: () => scalarEncode(values, numbers, rows, gradient),
    },
    2,
  );
  tf.dispose([positions, table, dy]);
  engine.dispose();
  const size = `262,144 samples, ${threads} threads`;
  const reference = (value: number) => ({ name: 'scalar JavaScript', value: value * scalarShare });
  return [
    {
      what: `forward, ${size}`,
      unit: 'ms',
      ours: ours.forward,
      reference: reference(scalar.forward),
      bound: 50,
    },
    {
      what: `table's gradient, ${size}`,
      unit: 'ms',
      ours: ours.table,
      reference: reference(scalar.table),
      bound: 61,
    },
    { what: `positions' gradient, ${size}`, unit: 'ms', ours: ours.positions },
  ];
}

if (isMain(import.meta.url)) await report('encode', await benchEncode());
