/** A model of one's own: a network with 16 neurons that learns y = sin(x). Nothing here knows of NeRF, sinks or checkpoints. */
import { type Pipeline, tf } from '../src/index.ts';

/** x in [-π, π], [points, 1]; every step draws its own points, by its number. */
const pointsOf = (step: number) => tf.randomUniform([64, 1], -Math.PI, Math.PI, 'float32', step);

export function sinePipeline(seed: number): Pipeline {
  const variables = tf.tidy(() => ({
    weights: tf.variable(tf.randomNormal([1, 16], 0, 1, 'float32', seed)),
    biases: tf.variable(tf.zeros([16])),
    output: tf.variable(tf.randomNormal([16, 1], 0, 0.3, 'float32', seed + 1)),
  }));
  const { weights, biases, output } = variables;
  const predict = (x: tf.Tensor) =>
    tf.matMul(tf.tanh(tf.add(tf.matMul(x, weights), biases)), output) as tf.Tensor2D;
  const meanSquaredError = (x: tf.Tensor) =>
    tf.mean(tf.squaredDifference(predict(x), tf.sin(x))) as tf.Scalar;
  let lease: tf.NamedTensorMap = {};

  return {
    groups: { network: Object.entries(variables).map(([name, variable]) => ({ name, variable })) },
    trainStep(step) {
      tf.dispose(lease);
      const { value, grads } = tf.tidy(() => tf.variableGrads(() => meanSquaredError(pointsOf(step))));
      const loss = value.dataSync()[0] ?? Number.NaN;
      value.dispose();
      lease = grads;
      const gradients = Object.entries(variables).map(([name, variable]) => [name, grads[variable.name]!]);
      return { losses: { loss }, gradients: Object.fromEntries(gradients) };
    },
    evalImage(index) {
      if (index > 0) return undefined;
      const [curve, mse] = tf.tidy(() => {
        const x = tf.reshape(tf.linspace(-Math.PI, Math.PI, 64), [64, 1]);
        return [predict(x).dataSync(), meanSquaredError(x).dataSync()[0] ?? Number.NaN];
      });
      const data = Uint8Array.from({ length: 64 * 3 }, (_, i) => 127 + 120 * (curve[Math.floor(i / 3)] ?? 0));
      const metrics = { psnr: 10 * Math.log10(4 / mse), mse };
      return { name: 'sine', render: { width: 64, height: 1, data }, metrics };
    },
    dispose() {
      tf.dispose([lease, variables]);
    },
  };
}
