/** instant-ngp on tensor operations: the model of createInstantNgp.ts for engines whose tensors lie outside of the kernels' memory. */
import type { KernelPool } from '../../../kernels/kernelPool.ts';
import { walkerLayout } from '../../../kernels/layouts.ts';
import type { CropTransform, Gradients } from '../../../pipeline/pipeline.ts';
import { untimed } from '../../../profile/phaseClock.ts';
import { RandomStream, randomKey } from '../../../rng.ts';
import * as tf from '../../../tensors/tf.ts';
import type { ModelScene, RadianceModel, RayBuffers } from '../../radianceModel.ts';
import { backgroundsOf } from '../backgrounds.ts';
import type { InstantNgpConfig } from '../instantNgpSchema.ts';
import { type MarchLimits, type MarchSettings, marchSettings } from '../marchSettings.ts';
import type { CellRequest } from '../occupancyGrid.ts';
import { createOccupiedDistances } from '../occupiedDistances.ts';
import { createRayAverages } from '../rayAverages.ts';
import { createRenderPlan } from '../renderPlan.ts';
import { sceneOccupancy } from '../sceneOccupancy.ts';
import { createRayMarch } from './marchSurvivors.ts';
import { renderRays, sampleOpticalDepths, trainRays } from './renderTensors.ts';
import { drawCells } from './sampleCells.ts';
import { createTensorParameters } from './tensorParameters.ts';

export interface TensorInstantNgpOptions extends ModelScene {
  readonly config: InstantNgpConfig;
  /** What marches rays and keeps the occupancy grid, on the processor. */
  readonly kernels: KernelPool;
}

const rayCapacity = 1 << 14;

/** @returns the model; the caller disposes it, before the kernels */
export function createTensorInstantNgp(options: TensorInstantNgpOptions): RadianceModel {
  const { config, kernels, bounds, cameras, seed } = options;
  const backgrounds = backgroundsOf(config, options);
  const settings = marchSettings(config, bounds, cameras);
  const { maxResolution } = settings;
  const parameters = createTensorParameters(config, { images: cameras.length, maxResolution, seed });
  const { table, networks, appearance } = parameters;
  const space = createSpace(options, settings);
  const averages = createRayAverages(config.targetSamples, settings);
  let gradients: Gradients = {};
  let latest: { rays: number; samples: number; survivors: number } | undefined;

  /** Where nothing may be left out, densities are computed once only, with the colours. */
  const march = (count: number, limits: MarchLimits) => {
    const leavesOut = limits.minWeight > 0 || limits.minTransmittance > 0;
    return space.march.march(count, limits, (positions, steps) =>
      leavesOut ? sampleOpticalDepths(parameters, positions, steps) : new Float32Array(steps.length),
    );
  };
  const sampleCells = (request: CellRequest) => {
    const positions = drawCells(kernels, { ...space.cells, bits: space.grid.bits }, request);
    const lengths = new Float32Array(request.count).fill(request.length);
    kernels.float32(request.values, request.count).set(sampleOpticalDepths(parameters, positions, lengths));
  };

  return {
    groups: { encoding: [table], networks, appearance: appearance ? [appearance] : [] },
    rays: space.rays,
    rayCount: (step) => averages.rayCount(step),
    trainStep(step, count, time = untimed) {
      tf.dispose(gradients as Record<string, tf.Tensor>);
      space.prepare(count, settings.stepFactor(step), randomKey(seed, RandomStream.march, step));
      const survivors = time('march', () => march(count, settings.limits(step)));
      const background =
        backgrounds.train === 'random'
          ? { randomKey: randomKey(seed, RandomStream.background, step) }
          : { gray: backgrounds.train === 'white' ? 1 : 0 };
      const result = time('forward_backward', () =>
        trainRays(parameters, space.rays, count, survivors, background, settings.gradientScaling),
      );
      gradients = result.gradients;
      latest = { rays: count, samples: survivors.marched, survivors: survivors.rays.length };
      return {
        losses: { loss: result.loss },
        metrics: {
          psnr: -10 * Math.log10(result.loss),
          samples_per_ray: survivors.marched / count,
          occupancy: space.grid.occupiedShare,
        },
        gradients,
      };
    },
    commit(step) {
      if (!latest) return;
      averages.observe(latest);
      if (settings.updatesOccupancy(step)) space.grid.update(sampleCells, step, settings.minStep);
    },
    render(count, crop) {
      space.prepare(count, 1);
      space.crop(crop);
      const gray = backgrounds.render === 'white' ? 1 : 0;
      const survivors = march(count, settings.limits(Infinity));
      renderRays(parameters, space.rays, count, survivors, { gray }, space.boxScale);
      space.crop(undefined);
    },
    findOccupied(count, crop) {
      space.prepare(count, 1);
      space.crop(crop);
      const distances = space.occupied.find(count);
      space.crop(undefined);
      return distances;
    },
    state: () => ({ ...space.grid.state(), ...averages.state() }),
    restore(state) {
      averages.restore(state);
      space.grid.restore(state);
    },
    dispose() {
      tf.dispose(gradients as Record<string, tf.Tensor>);
      parameters.dispose();
      space.dispose();
    },
  };
}

/** What lies on the processor: rays, occupancy grid, and the march through it. */
function createSpace(
  { config, kernels, bounds, cameras, seed }: TensorInstantNgpOptions,
  settings: MarchSettings,
) {
  const { center, halfSize, levels } = settings;
  const { resolution } = config.occupancy;
  const grid = sceneOccupancy(kernels, { march: settings, bounds, cameras, resolution, seed });
  const plan = createRenderPlan(kernels);
  const origins = kernels.allocate(rayCapacity * 12);
  const directions = kernels.allocate(rayCapacity * 12);
  const cropRows = kernels.allocate(12 * 4);
  const scratch = kernels.allocate(walkerLayout.bytes * kernels.threads);
  const boxScale = 1 / (2 * halfSize);
  plan.set({
    origins,
    directions,
    boxMinX: center[0] - halfSize,
    boxMinY: center[1] - halfSize,
    boxMinZ: center[2] - halfSize,
    boxScale,
    levels,
    resolution,
    bits: grid.bits,
    coarseBits: grid.coarseBits,
    contracted: settings.contracted ? 1 : 0,
    near: settings.near,
    stepGrowth: settings.stepGrowth,
    scratch,
    scratchBytes: walkerLayout.bytes,
  });
  const occupied = createOccupiedDistances(kernels, plan, rayCapacity, boxScale);
  const march = createRayMarch(kernels, plan, rayCapacity);
  const rays: RayBuffers = {
    capacity: rayCapacity,
    origins: kernels.float32(origins, rayCapacity * 3),
    directions: kernels.float32(directions, rayCapacity * 3),
    rgba: new Float32Array(rayCapacity * 4),
    imageIndex: new Int32Array(rayCapacity),
    colors: new Float32Array(rayCapacity * 4),
    depths: new Float32Array(rayCapacity),
  };
  return {
    grid,
    march,
    occupied,
    rays,
    boxScale,
    cells: { levels, resolution, contracted: settings.contracted },
    /** What alone is seen from now on; undefined: everything. */
    crop(box: CropTransform | undefined) {
      if (box) kernels.float32(cropRows, 12).set(box);
      plan.set({ crop: box ? cropRows : 0 });
    },
    /** @param jitterKey absent: rays begin in the middle of a step */
    prepare(count: number, stepFactor: number, jitterKey?: number) {
      plan.set({
        rays: count,
        coneAngle: settings.coneAngle * stepFactor,
        minStep: settings.minStep * stepFactor,
        maxStep: settings.maxStep * stepFactor,
        jitter: jitterKey === undefined ? 0 : 1,
        jitterKey: (jitterKey ?? 0) | 0,
      });
    },
    dispose() {
      for (const part of [march, occupied, plan, grid]) part.dispose();
      for (const address of [origins, directions, cropRows, scratch]) kernels.release(address);
    },
  };
}
