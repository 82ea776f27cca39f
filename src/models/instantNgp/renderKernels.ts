/** The fused rendering kernels and all buffers they work in: one call renders rays, or trains on them. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import type { SharedParameter } from '../../tensors/sharedTensor.ts';
import type { RayBuffers } from '../radianceModel.ts';
import type { Encoding } from './encoding.ts';
import type { Networks } from './networks.ts';
import { createRenderPlan, type RenderPlan } from './renderPlan.ts';

/** Rays are cut into pieces of about this many, whatever the number of threads: so results do not depend on it. */
const raysPerUnit = 64;
const maxUnits = 64;
const statisticsPerUnit = 8;
const tileSamples = 64;
/** Survivors a group of rays may have; a group with more is cut in half. */
const groupCapacity = 4096;
/** Room for the gradients of this many times the configured samples: steps grow fourfold, and vary. */
const survivorRoom = 8;
/** See src/kernels/assembly/scratch.ts */
const maxGroupRays = 128;

/** What happened in one call, over all rays. */
export interface RenderStatistics {
  /** Mean squared error over rays and channels. */
  readonly loss: number;
  /** Samples whose density was computed. */
  readonly samples: number;
  /** Samples that mattered: colour and gradient were computed. */
  readonly survivors: number;
  /** Survivors whose gradient found no room; 0 but for the first steps of odd scenes. */
  readonly dropped: number;
}

export interface RenderKernels {
  readonly plan: RenderPlan;
  /** In shared memory: the kernels read and write them. */
  readonly rays: RayBuffers;
  /** [capacity, appearance size] float32, or absent. */
  readonly appearanceGradients?: Float32Array;
  /** Packs weights after they moved. */
  packNetworks(): void;
  /** Renders `count` rays; with `train`, gradients of table and networks are written to their buffers. */
  render(
    count: number,
    options: { readonly train: boolean; readonly survivorsPerRay: number },
  ): RenderStatistics;
  dispose(): void;
}

export interface RenderKernelSettings {
  readonly encoding: Encoding;
  readonly networks: Networks;
  readonly appearance?: SharedParameter | undefined;
  readonly densityOutputs: number;
  readonly rayCapacity: number;
  /** Samples of a training step, at first. */
  readonly targetSamples: number;
}

/** The caller disposes it before the parameters that it reads. */
export function createRenderKernels(kernels: KernelPool, settings: RenderKernelSettings): RenderKernels {
  const { networks, rayCapacity } = settings;
  const plan = createRenderPlan(kernels);
  const { addresses, survivorCapacity, appearanceSize, release } = allocateBuffers(kernels, plan, settings);
  const statistics = new Float64Array(
    kernels.float32(addresses.statistics, 1).buffer,
    addresses.statistics,
    maxUnits * statisticsPerUnit,
  );
  const layerCount = networks.parameters.length;
  const appearanceGradients = appearanceSize
    ? kernels.float32(addresses.appearanceGradients, rayCapacity * appearanceSize)
    : undefined;
  let units = 1;
  const total = (field: number) => {
    let sum = 0;
    for (let unit = 0; unit < units; unit++) sum += statistics[unit * statisticsPerUnit + field]!;
    return sum;
  };

  return {
    plan,
    rays: {
      capacity: rayCapacity,
      origins: kernels.float32(addresses.origins, rayCapacity * 3),
      directions: kernels.float32(addresses.directions, rayCapacity * 3),
      rgba: kernels.float32(addresses.pixels, rayCapacity * 4),
      imageIndex: kernels.int32(addresses.images, rayCapacity),
      colors: kernels.float32(addresses.colors, rayCapacity * 4),
      depths: kernels.float32(addresses.depths, rayCapacity),
    },
    ...(appearanceGradients ? { appearanceGradients } : {}),
    packNetworks: () => kernels.run('packNetwork', layerCount, plan.address),
    render(count, { train, survivorsPerRay }) {
      const groupRays = Math.floor(groupCapacity / (2 * Math.max(1, survivorsPerRay)));
      units = Math.max(1, Math.min(maxUnits, Math.ceil(count / raysPerUnit)));
      plan.set({
        rays: count,
        units,
        unitCapacity: Math.floor(survivorCapacity / units / tileSamples) * tileSamples,
        train: train ? 1 : 0,
        lossScale: 1 / (3 * count),
        groupRays: Math.max(8, Math.min(maxGroupRays, groupRays)),
      });
      if (train) appearanceGradients?.fill(0, 0, count * appearanceSize);
      kernels.run('renderRays', units, plan.address);
      if (train) {
        kernels.run('gridGradient', settings.encoding.levels, plan.address);
        kernels.run('networkGradient', layerCount, plan.address, networks.gradientTargets);
      }
      return { loss: total(0), samples: total(1), survivors: total(2), dropped: total(4) };
    },
    dispose() {
      plan.dispose();
      release();
    },
  };
}

/** Reserves the buffers and writes into the plan where they are, and what the networks look like. */
function allocateBuffers(kernels: KernelPool, plan: RenderPlan, settings: RenderKernelSettings) {
  const { encoding, networks, appearance, rayCapacity } = settings;
  const owned: number[] = [];
  const allocate = (bytes: number) => {
    const address = kernels.allocate(bytes);
    owned.push(address);
    return address;
  };
  const appearanceSize = appearance?.variable.shape[1] ?? 0;
  const survivorCapacity = survivorRoom * settings.targetSamples;
  const addresses = {
    origins: allocate(rayCapacity * 12),
    directions: allocate(rayCapacity * 12),
    pixels: allocate(rayCapacity * 16),
    images: allocate(rayCapacity * 4),
    colors: allocate(rayCapacity * 16),
    depths: allocate(rayCapacity * 4),
    weightGradients: allocate(maxUnits * networks.gradientBytes),
    survivorPositions: allocate(survivorCapacity * 16),
    survivorGradients: allocate(survivorCapacity * encoding.encoded * 4),
    statistics: allocate(maxUnits * statisticsPerUnit * 8),
    appearanceGradients: appearanceSize ? allocate(rayCapacity * appearanceSize * 4) : 0,
  };
  plan.set({
    ...addresses,
    groupCapacity,
    encoded: encoding.encoded,
    levelTable: encoding.levelTable,
    gridLevels: encoding.levels,
    gridFeatures: encoding.features,
    table: encoding.table.address,
    gridGradient: encoding.table.gradient.address,
    layers: networks.layers,
    densityLayers: networks.densityLayers,
    colorLayers: networks.colorLayers,
    densityOutputs: settings.densityOutputs,
    hiddenWidth: networks.hiddenWidth,
    weightGradientBytes: networks.gradientBytes,
    appearance: appearance?.address ?? 0,
    appearanceSize,
  });
  const scratchBytes = kernels.call('scratchBytesNeeded', plan.address);
  plan.set({ scratchBytes, scratch: allocate(scratchBytes * kernels.threads) });
  const release = () => {
    for (const address of owned) kernels.release(address);
  };
  return { addresses, survivorCapacity, appearanceSize, release };
}
