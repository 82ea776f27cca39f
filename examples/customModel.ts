/**
 * A small radiance field of one's own, from the operations of `nerfstream/ops`: rays are marched, samples encoded and shaded,
 * and composited; the tape finds the gradients. It learns a ball, coloured by its normals, from rays that pass it anywhere.
 *
 *   npx tsx examples/customModel.ts runs/ball 150
 */
import { createTrainer, defineConfig, type Pipeline, tf } from '../src/index.ts';
import * as ops from '../src/tensors/ops/index.ts';

const [runDir = 'runs/ball', maxSteps = '150'] = process.argv.slice(2);
const grid = {
  levels: 4,
  featuresPerLevel: 2,
  log2TableSize: 12,
  baseResolution: 8,
  maxResolution: 48,
} as const;
const levels = ops.hashGridLevels(grid);
const everywhere = { levels: 1, resolution: 8, bits: new Uint8Array(64).fill(255) };

type Vector = readonly [number, number, number];

/** A ray past the middle of the unit cube along `d`, shifted by `u`, and the colour of the ball that it hits. */
function rayOf(d: Vector, u: Vector) {
  const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const along = (point: Vector, t: number): Vector => [0, 1, 2].map((k) => point[k]! + t * d[k]!) as never;
  const shift = along(u, -dot(u, d));
  const depth = 0.3 ** 2 - dot(shift, shift);
  const hit = along(shift, -Math.sqrt(Math.max(0, depth)));
  const color = depth > 0 ? hit.map((x) => 0.5 + x / 0.6) : [0, 0, 0];
  return { origin: along(shift, -1).map((x) => x + 0.5), direction: d, color };
}

/** Random rays, by the number of the step; step 0: a picture of 32 x 32. */
function batchOf(step: number) {
  const drawn = tf.tidy(() =>
    tf.randomUniform([512, 6], -1, 1, 'float32', step + 1).arraySync(),
  ) as number[][];
  const rays = drawn.map(([a, b, c, ...u]) => {
    const length = Math.hypot(a!, b!, c!);
    return rayOf([a! / length, b! / length, c! / length], u.map((x) => x * 0.4) as never);
  });
  const pixels = Array.from({ length: 1024 }, (_, k) => [((k % 32) + 0.5) / 32, ((k >> 5) + 0.5) / 32]);
  const picture = pixels.map(([x, y]) => rayOf([0, 0, -1], [x! - 0.5, 0.5 - y!, 0]));
  const tensor = (key: 'origin' | 'direction' | 'color') =>
    tf.tensor2d((step === 0 ? picture : rays).map((ray) => [...ray[key]]));
  return { origins: tensor('origin'), directions: tensor('direction'), colors: tensor('color') };
}

function ballPipeline(seed: number): Pipeline {
  const uniform = (shape: number[], bound: number, index: number) =>
    tf.variable(tf.tidy(() => tf.randomUniform(shape, -bound, bound, 'float32', seed + index)));
  const field = {
    table: uniform([ops.hashGridEntries(levels), 2], 1e-4, 0),
    hidden: uniform([12, 32], 0.35, 1),
    output: uniform([32, 4], 0.35, 2),
  };
  const render = ({ origins, directions }: ReturnType<typeof batchOf>) => {
    const samples = ops.marchRays(origins, directions, everywhere, { minStep: 1 / 40 });
    const encoded = ops.hashGridEncode(samples.positions, field.table as tf.Tensor2D, levels);
    const view = tf.gather(ops.sphericalHarmonics(directions, 2), samples.rayIndices);
    const inputs = tf.concat([encoded, view], 1) as tf.Tensor2D;
    const out = ops.fusedMlp(inputs, [field.hidden, field.output] as tf.Tensor2D[]);
    const [raw, shade] = tf.split(out, [1, 3], 1) as [tf.Tensor2D, tf.Tensor2D];
    const densities = tf.reshape(tf.exp(tf.minimum(raw, 6)), [-1]) as tf.Tensor1D;
    return ops.compositeRays(
      { ...samples, densities, colors: tf.sigmoid(shade) },
      { minTransmittance: 1e-3 },
    );
  };
  let lease: tf.NamedTensorMap = {};
  return {
    groups: { field: Object.entries(field).map(([name, variable]) => ({ name, variable })) },
    trainStep(step) {
      tf.dispose(lease);
      const { value, grads } = tf.tidy(() => {
        const batch = batchOf(step);
        return tf.variableGrads(() => ops.huberLoss(render(batch).color, batch.colors, 0.1));
      });
      const loss = value.dataSync()[0]!;
      value.dispose();
      lease = grads;
      const gradients = Object.entries(field).map(([name, variable]) => [name, grads[variable.name]!]);
      return { losses: { loss }, gradients: Object.fromEntries(gradients) };
    },
    evalImage(index) {
      if (index > 0) return undefined;
      return tf.tidy(() => {
        const batch = batchOf(0);
        const { color } = render(batch);
        const mse = ops.meanSquaredError(color, batch.colors).dataSync()[0]!;
        const data = Uint8Array.from(color.dataSync(), (x) => 255 * Math.min(1, Math.max(0, x)));
        return {
          name: 'ball',
          render: { width: 32, height: 32, data },
          metrics: { psnr: -10 * Math.log10(mse) },
        };
      });
    },
    dispose: () => tf.dispose([lease, field]),
  };
}

const config = defineConfig({
  method: 'ball',
  groups: { field: { optimizer: { kind: 'adam', learningRate: 0.01, eps: 1e-15 } } },
  trainer: { maxSteps: Number(maxSteps) },
});
const trainer = createTrainer(config, { pipeline: ({ trainer: { seed } }) => ballPipeline(seed), runDir });
const { steps, eval: result } = await trainer.done;
console.log(`PSNR ${result?.psnr?.toFixed(1)} dB after ${steps} steps`);
