/** instant-ngp (Müller et al. 2022): hash grid, two small networks, occupancy grid; trained and rendered by fused kernels. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { TimePhase, TrainStepOutput } from '../../pipeline/pipeline.ts';
import { untimed } from '../../profile/phaseClock.ts';
import { RandomStream, randomKey } from '../../rng.ts';
import type { NamedArrays } from '../../tensors/namedArrays.ts';
import type { ModelScene, RadianceModel } from '../radianceModel.ts';
import { createAppearance, sumAppearanceGradients } from './appearance.ts';
import { backgroundsOf } from './backgrounds.ts';
import { createEncoding } from './encoding.ts';
import type { InstantNgpConfig } from './instantNgpSchema.ts';
import { marchSettings } from './marchSettings.ts';
import { createNetworks } from './networks.ts';
import { createOccupiedDistances } from './occupiedDistances.ts';
import { createRayAverages, maxRays } from './rayAverages.ts';
import { createRenderKernels, type RenderStatistics } from './renderKernels.ts';
import { sceneOccupancy } from './sceneOccupancy.ts';

export interface InstantNgpOptions extends ModelScene {
  readonly config: InstantNgpConfig;
  readonly kernels: KernelPool;
}

/** The model, and what tests and benchmarks look at. */
export interface InstantNgp extends RadianceModel {
  /** Where the kernels find what they are told. */
  readonly planAddress: number;
  /** Share of the occupancy grid's cells that is occupied. */
  readonly occupiedShare: number;
  trainStep(
    step: number,
    count: number,
    time?: TimePhase,
  ): TrainStepOutput & { readonly statistics: RenderStatistics };
}

/** @returns the model; the caller disposes it, before the kernels */
export function createInstantNgp(options: InstantNgpOptions): InstantNgp {
  const { config, seed } = options;
  const { march, encoding, networks, appearance, render, grid, occupied, dispose } = assemble(options);
  const parameters = [encoding.table, ...networks.parameters, ...(appearance ? [appearance] : [])];
  const backgrounds = backgroundsOf(config, options);
  const averages = createRayAverages(config.targetSamples, march);
  let latest: (RenderStatistics & { rays: number }) | undefined;

  const setSteps = (stepFactor: number) =>
    render.plan.set({
      coneAngle: march.coneAngle * stepFactor,
      minStep: march.minStep * stepFactor,
      maxStep: march.maxStep * stepFactor,
    });
  const prepare = (stepFactor: number) => {
    render.packNetworks();
    setSteps(stepFactor);
  };
  const renderRays = (count: number, train: boolean) => {
    const { samplesPerRay, survivorsPerRay } = averages;
    return render.render(count, { train, samplesPerRay, survivorsPerRay });
  };

  return {
    groups: {
      encoding: [encoding.table],
      networks: networks.parameters,
      appearance: appearance ? [appearance] : [],
    },
    rays: render.rays,
    planAddress: render.plan.address,
    get occupiedShare() {
      return grid.occupiedShare;
    },
    rayCount: averages.rayCount,
    trainStep(step, count, time = untimed) {
      prepare(march.stepFactor(step));
      render.plan.set({
        jitter: 1,
        jitterKey: randomKey(seed, RandomStream.march, step) | 0,
        randomBackground: backgrounds.train === 'random' ? 1 : 0,
        backgroundKey: randomKey(seed, RandomStream.background, step) | 0,
        ...gray(backgrounds.train === 'white'),
        ...march.limits(step),
      });
      // One kernel renders and goes backward, so that there is nothing between the two to measure.
      const statistics = time('forward_backward', () => renderRays(count, true));
      latest = { ...statistics, rays: count };
      if (appearance && render.appearanceGradients)
        sumAppearanceGradients(appearance, render.rays.imageIndex, render.appearanceGradients, count);
      const gradients = Object.fromEntries(parameters.map(({ name, gradient }) => [name, gradient.tensor]));
      return {
        losses: { loss: statistics.loss },
        metrics: {
          psnr: -10 * Math.log10(statistics.loss),
          samples_per_ray: statistics.samples / count,
          occupancy: grid.occupiedShare,
          dropped_samples: statistics.dropped,
        },
        gradients,
        statistics,
      };
    },
    commit(step) {
      if (!latest) return;
      averages.observe(latest);
      if (!march.updatesOccupancy(step)) return;
      render.packNetworks();
      grid.update(render.plan, step, march.minStep);
    },
    render(count, crop) {
      prepare(1);
      const white = backgrounds.render === 'white';
      render.plan.set({ jitter: 0, randomBackground: 0, ...gray(white), ...march.limits(Infinity) });
      render.crop(crop);
      renderRays(count, false);
      render.crop(undefined);
    },
    findOccupied(count, crop) {
      setSteps(1);
      render.crop(crop);
      render.buildLadder();
      const distances = occupied.find(count);
      render.crop(undefined);
      return distances;
    },
    state: () => ({ ...grid.state(), ...averages.state() }),
    restore(state: NamedArrays) {
      averages.restore(state);
      grid.restore(state);
    },
    dispose,
  };
}

/** Makes the parts and tells the kernels what never changes. */
function assemble({ config, kernels, bounds, cameras, seed }: InstantNgpOptions) {
  const march = marchSettings(config, bounds, cameras);
  const { center, halfSize, levels } = march;
  const { resolution } = config.occupancy;
  const encoding = createEncoding(kernels, config.hashGrid, march.maxResolution, seed);
  const networks = createNetworks(kernels, config, encoding.encoded, seed);
  const appearance = createAppearance(kernels, cameras.length, config.appearanceDimensions, seed);
  const render = createRenderKernels(kernels, {
    encoding,
    networks,
    appearance,
    rayCapacity: maxRays,
    densityOutputs: config.density.outputs,
    targetSamples: config.targetSamples,
  });
  const grid = sceneOccupancy(kernels, { march, bounds, cameras, resolution, seed });
  const boxScale = 1 / (2 * halfSize);
  const occupied = createOccupiedDistances(kernels, render.plan, maxRays, boxScale);
  render.plan.set({
    boxMinX: center[0] - halfSize,
    boxMinY: center[1] - halfSize,
    boxMinZ: center[2] - halfSize,
    boxScale,
    levels,
    resolution,
    bits: grid.bits,
    coarseBits: grid.coarseBits,
    contracted: march.contracted ? 1 : 0,
    distances: grid.distances,
    near: march.near,
    stepGrowth: march.stepGrowth,
    gradientScaling: march.gradientScaling === 0 ? 0 : 1 / march.gradientScaling,
    densityBias: march.densityBias,
  });
  const dispose = () => {
    for (const part of [occupied, render, grid, networks, encoding, appearance]) part?.dispose();
  };
  return { march, encoding, networks, appearance, render, grid, occupied, dispose };
}

/** Fields of the kernels' fixed background. */
function gray(white: boolean) {
  const value = white ? 1 : 0;
  return { backgroundR: value, backgroundG: value, backgroundB: value };
}
