/**
 * A model of one's own, outside the package: coloured fog, one small network that is asked along every ray.
 *
 *   nerfstream train examples/turntable.yaml --data photos/vase
 */
import { createRayBuffers, defineModel, tf, z } from 'nerfstream';

const schema = z
  .strictObject({
    width: z.number().int().min(4).max(256).default(48).describe('Neurons of each hidden layer.'),
    frequencies: z.number().int().min(1).max(10).default(4).describe('Sines of each coordinate.'),
    samples: z.number().int().min(2).max(256).default(24).describe('Samples along a ray.'),
    raysPerStep: z.number().int().min(1).max(4096).default(256).describe('Rays of a training step.'),
  })
  .describe('fog: a network of two layers, composed of tensor operations.');

export const model = defineModel({ kind: 'fog', schema, create });

/** What the rest expects of a model is `RadianceModel`: rays are written into `rays`, and it renders or learns from them. */
function create({ width, frequencies, samples, raysPerStep }, { bounds, seed, evalBackground }) {
  const rays = createRayBuffers(Math.max(1024, raysPerStep));
  const weights = network([3 + 6 * frequencies, width, width, 4], seed);
  const reach = Math.hypot(...bounds.aabb.slice(3));
  const behind = bounds.hasAlpha && evalBackground === 'white' ? 1 : 0;
  let lease = {};

  /** [rays, 3] colour, [rays] transmittance and [rays] distance of the first `count` rays. */
  const render = (count) => {
    const { points, distances } = pointsAlong(rays, count, samples, reach);
    const out = tf.reshape(evaluate(encode(points, frequencies), weights), [count, samples, 4]);
    const [color, density] = tf.split(out, [3, 1], 2);
    const thickness = tf.mul(tf.softplus(tf.reshape(density, [count, samples])), (2 * reach) / samples);
    const before = tf.exp(tf.neg(tf.cumsum(thickness, 1, true)));
    const shares = tf.mul(before, tf.sub(1, tf.exp(tf.neg(thickness))));
    return {
      color: tf.sum(tf.mul(tf.expandDims(shares, 2), tf.sigmoid(color)), 1),
      transmittance: tf.sub(1, tf.sum(shares, 1)),
      distance: tf.sum(tf.mul(shares, distances), 1),
    };
  };
  const loss = (count) => {
    const { color, transmittance } = render(count);
    const seen = tf.tensor2d(rays.rgba.slice(0, count * 4), [count, 4]);
    const [rgb, alpha] = tf.split(seen, [3, 1], 1);
    const wanted = tf.add(tf.mul(rgb, alpha), tf.mul(tf.sub(1, alpha), behind));
    return tf.mean(
      tf.squaredDifference(tf.add(color, tf.mul(tf.expandDims(transmittance, 1), behind)), wanted),
    );
  };

  return {
    groups: { fog: Object.entries(weights).map(([name, variable]) => ({ name, variable })) },
    rays,
    rayCount: () => raysPerStep,
    trainStep(_step, count) {
      tf.dispose(lease);
      const { value, grads } = tf.tidy(() => tf.variableGrads(() => loss(count), Object.values(weights)));
      const [mse] = value.dataSync();
      value.dispose();
      lease = grads;
      const gradients = Object.entries(weights).map(([name, variable]) => [name, grads[variable.name]]);
      return {
        losses: { loss: mse },
        metrics: { psnr: -10 * Math.log10(mse) },
        gradients: Object.fromEntries(gradients),
      };
    },
    commit() {},
    render(count) {
      const [color, transmittance, distance] = tf.tidy(() => {
        const result = render(count);
        return [result.color.dataSync(), result.transmittance.dataSync(), result.distance.dataSync()];
      });
      for (let ray = 0; ray < count; ray++) {
        for (let c = 0; c < 3; c++)
          rays.colors[ray * 4 + c] = color[ray * 3 + c] + transmittance[ray] * behind;
        rays.colors[ray * 4 + 3] = transmittance[ray];
        rays.depths[ray] = distance[ray];
      }
    },
    // A step depends on parameters, seed and step number alone: nothing more to save.
    state: () => ({}),
    restore() {},
    dispose: () => tf.dispose([lease, weights]),
  };
}

/** Weights of layers without biases, by name, drawn by the seed. */
function network(sizes, seed) {
  const layers = sizes.slice(1).map((outputs, k) => {
    const scale = Math.sqrt(2 / sizes[k]);
    const drawn = tf.tidy(() => tf.randomNormal([sizes[k], outputs], 0, scale, 'float32', seed + k + 1));
    return [`layer${k}`, tf.variable(drawn)];
  });
  return Object.fromEntries(layers);
}

function evaluate(inputs, { layer0, layer1, layer2 }) {
  return tf.matMul(tf.relu(tf.matMul(tf.relu(tf.matMul(inputs, layer0)), layer1)), layer2);
}

/** Coordinates, and sines and cosines of them at doubling frequencies. */
function encode(points, frequencies) {
  const waves = Array.from({ length: frequencies }, (_, k) => tf.mul(points, 2 ** k));
  return tf.concat([points, ...waves.map(tf.sin), ...waves.map(tf.cos)], 1);
}

/** Evenly spaced points of each ray around the one that is nearest to the middle of the scene. */
function pointsAlong({ origins, directions }, count, samples, reach) {
  const points = new Float32Array(count * samples * 3);
  const distances = new Float32Array(count * samples);
  for (let ray = 0; ray < count; ray++) {
    let middle = 0;
    for (let axis = 0; axis < 3; axis++) middle -= origins[ray * 3 + axis] * directions[ray * 3 + axis];
    for (let k = 0; k < samples; k++) {
      const sample = ray * samples + k;
      const distance = middle + reach * ((2 * (k + 0.5)) / samples - 1);
      distances[sample] = distance;
      for (let axis = 0; axis < 3; axis++)
        points[sample * 3 + axis] = origins[ray * 3 + axis] + distance * directions[ray * 3 + axis];
    }
  }
  return {
    points: tf.tensor2d(points, [count * samples, 3]),
    distances: tf.tensor2d(distances, [count, samples]),
  };
}
