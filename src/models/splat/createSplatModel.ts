/** Gaussian splats (Kerbl et al. 2023) trained on rows of photos by kernels. */
import type { Photos } from '../../data/photos.ts';
import type { Scene } from '../../data/scene.ts';
import { ConfigError } from '../../errors.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { Log } from '../../log.ts';
import { moveRows, type RowMoves } from '../../optimizers/moveRows.ts';
import type { TimePhase, TrainStepOutput } from '../../pipeline/pipeline.ts';
import type { NamedArrays } from '../../tensors/namedArrays.ts';
import { createSplatRenderer, type SplatRenderer } from './createSplatRenderer.ts';
import { curveOrder } from './curveOrder.ts';
import type { Densification } from './densify/densifier.ts';
import { createDensifier } from './densify/densifierKinds.ts';
import { createScreenGradients } from './densify/screenGradients.ts';
import { initialSplats } from './initialSplats.ts';
import { createPhotoPyramid, type PhotoPyramid } from './photoPyramid.ts';
import { type BudgetedSplatConfig, budgetedConfig, describeBudget, photosAlongside } from './splatBudget.ts';
import { type SplatGroup, splatGroups } from './splatGroups.ts';
import type { SplatParameters, SplatValues } from './splatParameters.ts';
import { splatSchedule } from './splatSchedule.ts';
import type { SplatConfig } from './splatSchema.ts';
import { cameraInSpace, splatSpaceOf } from './splatSpace.ts';
import { harmonicsWidthOf } from './splatUnits.ts';
import { type SplatView, splatView, viewPose } from './splatView.ts';
import { startPoints } from './startPoints.ts';

export interface SplatModelOptions {
  readonly config: SplatConfig;
  readonly kernels: KernelPool;
  /** Its training cameras have lenses with a projection: see `cutFrames`. */
  readonly scene: Scene;
  /** The training photos. */
  readonly photos: Photos;
  /** What may be taken for them in the kernels' memory. */
  readonly photoBytes: number;
  readonly seed: number;
  readonly log: Log;
  /** Of the data set, for errors. */
  readonly path: string;
  /** Splats to begin with, in their own coordinates and of the configured degree. Default: round ones on points, which are searched for. */
  readonly start?: SplatValues;
}

export interface SplatModel
  extends Pick<SplatRenderer, 'parameters' | 'groups' | 'space' | 'faces' | 'render' | 'renderColors'> {
  /** @param position among the horizon's steps */
  trainStep(step: number, time: TimePhase, position: number): TrainStepOutput;
  /** Densification, where it is due. */
  commit(
    step: number,
    rowsMoved: (moves: RowMoves) => void,
    learningRateOf: (group: SplatGroup) => number | undefined,
    position: number,
  ): void;
  state(): NamedArrays;
  restore(state: NamedArrays): void;
  dispose(): void;
}

/** @throws DataError where there is nothing to begin with */
export function createSplatModel(options: SplatModelOptions): SplatModel {
  const { kernels, scene, seed } = options;
  const space = splatSpaceOf(scene.train.map(({ camera }) => camera));
  const cameras = scene.train.map(({ camera }) => cameraInSpace(camera, space));
  const views = cameras.map((camera) => [0, 1, 2].map((level) => splatView(camera, level)));
  const photos = createPhotoPyramid(kernels, options.photos, options.photoBytes);
  const firstViews = views.map(([full]) => full!);
  const config = budgetOf(options, photos, firstViews);
  const start =
    options.start ??
    initialSplats(
      startPoints({ ...options, space, photos, views: firstViews, start: config.start }),
      config.start,
      harmonicsWidthOf(config.harmonicsDegree),
    );
  const renderer = createSplatRenderer(kernels, config, scene, config.maxSplats);
  const { parameters, groups, light, poses, kernels: splatKernels, faces, render, renderColors } = renderer;
  parameters.replace(start);
  const schedule = splatSchedule(config, scene.train.length, scene.hasAlpha, seed);
  const densifier = createDensifier(config.densify, {
    seed,
    maxSplats: config.maxSplats,
    horizonSteps: config.horizonSteps,
    photoSide: mean(cameras.map(({ width, height }) => Math.max(width, height))),
  });
  const { opacity: ownOpacityPenalty = 0, scale: scalePenalty = 0 } = densifier.penalties ?? {};
  const statistics = createScreenGradients(splatKernels.statistics, start.opacities.length);

  return {
    parameters,
    groups,
    trainStep(step, time, position) {
      const { photo, level, background, degree, rowStride, rowPhase } = schedule.step(step, position);
      const { count } = parameters;
      const view = views[photo]![level]!;
      const shot = {
        view: poses ? { ...view, ...viewPose(poses.corrected(photo, cameras[photo]!.cameraToWorld)) } : view,
        movesCamera: poses !== undefined,
        ...{ background, degree, rowStride, rowPhase },
        image: photos.addressOf(photo, level),
        countedShare: photos.countedShare(photo, level),
        opacityPenalty: (config.opacityPenalty + ownOpacityPenalty) / count,
        scalePenalty: scalePenalty / (3 * count),
        ...(light && { light: light.of(photo) }),
      };
      const next = schedule.step(step + 1, position + 1);
      photos.readAhead(next.photo, next.level);
      const loss = time('forward_backward', () => splatKernels.train(shot, count));
      light?.backward(photo, splatKernels.lightGradient);
      poses?.backward(photo, splatKernels.poseGradient);
      return {
        losses: { loss },
        metrics: { psnr: -10 * Math.log10(loss), splats: count, ...splatKernels.latest },
        gradients: {
          ...parameters.gradients,
          ...(light && { light: light.parameter.gradient.tensor }),
          ...(poses && { poses: poses.parameter.gradient.tensor }),
        },
      };
    },
    commit(step, rowsMoved, learningRateOf, position) {
      const values = parameters.values();
      const rate = learningRateOf('means');
      if (rate !== undefined) densifier.move?.(step, values, rate);
      const screenGradients = () => statistics.means(parameters.count);
      const { initialCount } = statistics;
      const next = densifier.densify({ step, position, values, initialCount, screenGradients });
      if (next === undefined) return;
      rearrange(parameters, next, rowsMoved);
      statistics.clear();
    },
    space,
    faces,
    render,
    renderColors,
    state: () => statistics.state(parameters.count),
    restore: (state) => statistics.restore(state, parameters.count),
    dispose() {
      renderer.dispose();
      photos.dispose();
    },
  };
}

/** Puts the splats that there are from now on in their places, neighbours side by side, and tells where they come from. */
function rearrange(
  parameters: SplatParameters,
  next: Densification,
  rowsMoved: (moves: RowMoves) => void,
): void {
  const order = curveOrder(next.shapes.means);
  parameters.rearrange(order.map((row) => next.sources[row]!));
  const values = parameters.values();
  for (const group of ['means', 'scales', 'opacities'] as const)
    moveRows(next.shapes[group], values[group], order, 0);
  rowsMoved({ groups: splatGroups, from: order.map((row) => next.from[row]!) });
  if (next.anew) rowsMoved({ groups: next.anew, from: new Int32Array(order.length).fill(-1) });
}

/** The settings with what is `auto` filled in, which people are told. @throws ConfigError where the splats to begin with are more */
function budgetOf(
  { config, log, start }: Pick<SplatModelOptions, 'config' | 'log' | 'start'>,
  photos: PhotoPyramid,
  views: readonly SplatView[],
): BudgetedSplatConfig {
  const counts = {
    photos: views.length,
    pixels: photos.pixels / views.length,
    opaqueShare: photos.opaqueShare,
    alongside: photosAlongside(views),
  };
  const budgeted = budgetedConfig(config, counts);
  const { maxSplats, opacityPenalty, rowStride } = budgeted;
  log.info({ tell: true, maxSplats, opacityPenalty, rowStride }, describeBudget(budgeted, counts));
  const given = start?.opacities.length ?? 0;
  if (given > maxSplats)
    throw new ConfigError(
      `model.maxSplats: the ${given} splats to begin with are more than the ${maxSplats} that there is room for; set model.maxSplats=${given}, or take away splats in an editor`,
      { path: 'model.maxSplats' },
    );
  return budgeted;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
