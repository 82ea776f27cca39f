/** A tiny model for trainer tests: fits y = a x + b to points, with a counter of commits as state of its own. */
import type { ImageEvaluation, Pipeline, TrainStepOutput } from '../../src/pipeline/pipeline.ts';
import { RandomStream, randomKey, uniformAt } from '../../src/rng.ts';
import * as tf from '../../src/tensors/tf.ts';

export interface LinePipelineOptions {
  /** Called at the named point of a step. */
  readonly at?: (point: 'before' | 'inside' | 'operator' | 'commit', step: number) => void;
  readonly images?: number;
  readonly onEvalImage?: (index: number) => void;
}

export interface LinePipeline extends Pipeline {
  /** Bits of the parameters: compare with `toEqual`. */
  values(): number[];
  readonly calls: { trainSteps: number[]; commits: number[]; images: number[] };
  disposed: boolean;
}

/** Every step draws 8 points of y = 2 x - 1 by its number; a commit folds the parameters into a checksum. */
export function linePipeline({ at, images = 3, onEvalImage }: LinePipelineOptions = {}): LinePipeline {
  const slope = tf.tidy(() => tf.variable(tf.scalar(0.25)));
  const offset = tf.tidy(() => tf.variable(tf.scalar(0.5)));
  const memory = new Float64Array(2);
  const calls = { trainSteps: [] as number[], commits: [] as number[], images: [] as number[] };
  const gradients = { slope: tf.scalar(0), offset: tf.scalar(0) };
  const value = (variable: tf.Variable) => variable.dataSync()[0] as number;

  const trainStep = (step: number): TrainStepOutput => {
    calls.trainSteps.push(step);
    at?.('before', step);
    const key = randomKey(7, RandomStream.pixels, step);
    let loss = 0;
    let dSlope = 0;
    let dOffset = 0;
    for (let point = 0; point < 8; point++) {
      const x = 2 * uniformAt(key, point) - 1;
      const error = value(slope) * x + value(offset) - (2 * x - 1);
      loss += error ** 2 / 8;
      dSlope += (error * x) / 4;
      dOffset += error / 4;
    }
    gradients.slope.dataSync().set([dSlope]);
    gradients.offset.dataSync().set([dOffset]);
    at?.('inside', step);
    const lazyLoss = () => {
      at?.('operator', step);
      return loss;
    };
    return {
      losses: { loss: lazyLoss },
      metrics: { rays: 8, psnr: () => -10 * Math.log10(loss) },
      gradients,
    };
  };

  const pipeline: LinePipeline = {
    groups: { line: [{ name: 'slope', variable: slope }], shift: [{ name: 'offset', variable: offset }] },
    trainStep,
    commit(step) {
      calls.commits.push(step);
      memory[0]! += 1;
      memory[1] = memory[1]! * 0.5 + value(slope) * step;
      at?.('commit', step);
    },
    evalBatch: () => ({ mse: (value(slope) - 2) ** 2 }),
    evalImage(index): ImageEvaluation | undefined {
      if (index >= images) return undefined;
      calls.images.push(index);
      onEvalImage?.(index);
      const render = { width: 2, height: 1, data: Uint8Array.of(index, 0, 0, 255, 128, 64) };
      return { name: `image-${index}`, render, metrics: { psnr: 20 + index, ssim: 0.5 + index / 10 } };
    },
    state: () => ({ memory: { shape: [2], data: memory } }),
    restore(state) {
      memory.set(state['memory']?.data ?? []);
    },
    dispose() {
      pipeline.disposed = true;
      tf.dispose([slope, offset, gradients]);
    },
    values: () => [value(slope), value(offset), ...memory],
    calls,
    disposed: false,
  };
  return pipeline;
}
