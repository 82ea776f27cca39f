/** Gaussian splats (Kerbl et al. 2023) trained on rows of photos by kernels. */
import type { Camera } from '../../data/cameras/camera.ts';
import type { Image } from '../../data/image.ts';
import type { Scene } from '../../data/scene.ts';
import { CheckpointError } from '../../errors.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { Log } from '../../log.ts';
import type { RowMoves } from '../../optimizers/moveRows.ts';
import type { TimePhase, TrainStepOutput } from '../../pipeline/pipeline.ts';
import type { NamedArrays } from '../../tensors/namedArrays.ts';
import { densifySplats } from './densifySplats.ts';
import { initialSplats } from './initialSplats.ts';
import { createPhotoPyramid } from './photoPyramid.ts';
import { type Color, createSplatKernels, type SplatLayer, type SplatPicture } from './splatKernels.ts';
import { createSplatParameters, type SplatParameters, splatGroups } from './splatParameters.ts';
import { splatSchedule } from './splatSchedule.ts';
import type { SplatConfig } from './splatSchema.ts';
import { cameraInSpace, type SplatSpace, splatSpaceOf } from './splatSpace.ts';
import { splatView } from './splatView.ts';
import { startPoints } from './startPoints.ts';

export interface SplatModelOptions {
  readonly config: SplatConfig;
  readonly kernels: KernelPool;
  readonly scene: Scene;
  /** The training photos. They are copied. */
  readonly images: readonly Image[];
  readonly seed: number;
  readonly log: Log;
  /** Of the data set, for errors. */
  readonly path: string;
}

export interface SplatModel {
  readonly parameters: SplatParameters;
  trainStep(step: number, time: TimePhase): TrainStepOutput;
  /** Statistics and, where it is due, densification. */
  commit(step: number, rowsMoved: (moves: RowMoves) => void): void;
  /** @param camera in the scene's coordinates. Distances are in the splats' own (see `space`). */
  render(camera: Camera, background: Color, layer?: SplatLayer): SplatPicture;
  readonly space: SplatSpace;
  state(): NamedArrays;
  restore(state: NamedArrays): void;
  dispose(): void;
}

/** Nearest depth that is seen, where the cameras lie within 1 of the origin. */
const near = 0.02;

/** @throws ConfigError for cameras that splats cannot be seen by, DataError where there is nothing to begin with */
export function createSplatModel(options: SplatModelOptions): SplatModel {
  const { config, kernels, scene, seed } = options;
  const space = splatSpaceOf(scene.train.map(({ camera }) => camera));
  const cameras = scene.train.map(({ camera }) => cameraInSpace(camera, space));
  const views = cameras.map((camera) => [0, 1, 2].map((level) => splatView(camera, level)));
  const photos = createPhotoPyramid(kernels, options.images);
  const firstViews = views.map(([full]) => full!);
  const start = initialSplats(
    startPoints({ ...options, space, photos, views: firstViews, start: config.start }),
    config.start,
    3 * ((config.harmonicsDegree + 1) ** 2 - 1),
  );
  const capacity = Math.max(config.maxSplats, start.opacities.length);
  const parameters = createSplatParameters(kernels, capacity, config.harmonicsDegree);
  parameters.replace(start);
  const { harmonicsWidth, addresses } = parameters;
  const render = createSplatKernels(kernels, { capacity, harmonicsWidth, near }, addresses);
  const schedule = splatSchedule(config, scene.train.length, scene.hasAlpha, seed);
  const statistics = createStatistics(capacity, start.opacities.length);

  return {
    parameters,
    trainStep(step, time) {
      const { photo, level, background, degree, rowStride, rowPhase } = schedule.step(step);
      const { count } = parameters;
      const shot = {
        ...{ view: views[photo]![level]!, background, degree, rowStride, rowPhase },
        image: photos.addressOf(photo, level),
        opacityPenalty: config.opacityPenalty / count,
      };
      const loss = time('forward_backward', () => render.train(shot, count));
      return {
        losses: { loss },
        metrics: { psnr: -10 * Math.log10(loss), splats: count, ...render.latest },
        gradients: parameters.gradients,
      };
    },
    commit(step, rowsMoved) {
      statistics.add(render.screenGradients, parameters.count);
      const target = schedule.target(step, statistics.initialCount);
      if (target === undefined) return;
      const { values, from } = densifySplats(
        parameters.values(),
        statistics.means(parameters.count),
        target,
        config.densify.minOpacity,
      );
      parameters.replace(values);
      statistics.clear();
      rowsMoved({ groups: splatGroups, from });
    },
    space,
    render(camera, background, layer) {
      const view = splatView(cameraInSpace(camera, space));
      return render.render({ view, background, degree: config.harmonicsDegree }, parameters.count, layer);
    },
    state: () => statistics.state(parameters.count),
    restore: (state) => statistics.restore(state, parameters.count),
    dispose() {
      render.dispose();
      parameters.dispose();
      photos.dispose();
    },
  };
}

/** What densification looks at: the gradients by the splats' places in the pictures since the last one. */
function createStatistics(capacity: number, countAtStart: number) {
  const sums = new Float32Array(capacity);
  const seen = new Float32Array(capacity);
  let initialCount = countAtStart;
  return {
    /** How many splats training began with. */
    get initialCount() {
      return initialCount;
    },
    /** @param lengths [splats]: of the latest step; -1 for those out of view */
    add(lengths: Float32Array, count: number): void {
      for (let index = 0; index < count; index++) {
        const length = lengths[index]!;
        if (length < 0) continue;
        sums[index]! += length;
        seen[index]! += 1;
      }
    },
    means: (count: number) =>
      Float32Array.from({ length: count }, (_, index) =>
        seen[index]! > 0 ? sums[index]! / seen[index]! : 0,
      ),
    clear(): void {
      sums.fill(0);
      seen.fill(0);
    },
    state: (count: number): NamedArrays => ({
      initialCount: { shape: [], data: Float64Array.of(initialCount) },
      screenGradientSums: { shape: [count], data: sums.subarray(0, count) },
      timesSeen: { shape: [count], data: seen.subarray(0, count) },
    }),
    /** @throws CheckpointError when the state is that of another model */
    restore(state: NamedArrays, count: number): void {
      const of = (name: string, length: number) => {
        const data = state[name]?.data;
        if (data?.length !== length)
          throw new CheckpointError(
            `the checkpoint is of another model: pipeline state ${name} does not fit.`,
          );
        return data as Float32Array;
      };
      const [first] = of('initialCount', 1);
      const [savedSums, savedSeen] = [of('screenGradientSums', count), of('timesSeen', count)];
      sums.fill(0).set(savedSums);
      seen.fill(0).set(savedSeen);
      initialCount = first!;
    },
  };
}
