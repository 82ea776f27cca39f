/** The fused rendering kernels and all buffers they work in: one call renders rays, or trains on them. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { rayRecordLayout, unitStateLayout, walkerLayout } from '../../kernels/layouts.ts';
import { structAt } from '../../kernels/structs.ts';
import type { CropTransform } from '../../pipeline/pipeline.ts';
import type { SharedParameter } from '../../tensors/sharedTensor.ts';
import type { RayBuffers } from '../radianceModel.ts';
import type { Encoding } from './encoding.ts';
import type { Networks } from './networks.ts';
import { createRenderPlan, type RenderPlan } from './renderPlan.ts';

/** Rays are cut into at most so many pieces, whatever the number of threads: so results do not depend on it. */
const maxUnits = 256;
/** Enough pieces for the threads of a large machine; more of them would leave tiles of samples half empty. */
const minUnits = 16;
/** The activations of so many fit a core's cache. */
const survivorsPerUnit = 512;
/** Rendering cuts rays into so many. */
const renderUnits = 64;
/** Weight gradients are summed in at most so many places. */
const maxSlots = 64;
const encodePieces = 16;
const tileSamples = 64;
/** Samples of a ray in the first round, at least and at most: half of what rays take on average. */
const roundSamplesPerRay = { fewest: 8, most: 32 };
/** Room for this many times the configured samples: steps grow fourfold, and vary. */
const survivorRoom = 8;
/** Most survivors of a unit; a thread keeps the activations of so many. */
const maxUnitCapacity = 8192;
/** Bytes of a ray's 16 spherical harmonics. */
const harmonicsBytes = 64;

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
  /** What alone is rendered from now on; undefined: everything. */
  crop(box: CropTransform | undefined): void;
  /** Once the plan's steps are those of the next pictures, before rays march without jitter; `render` does it by itself. */
  buildLadder(): void;
  /** Renders `count` rays; with `train`, gradients of table and networks are written to their buffers. */
  render(
    count: number,
    options: {
      readonly train: boolean;
      /** What rays take on average, as far as known: how the work is cut depends on it, results do not. */
      readonly samplesPerRay: number;
      readonly survivorsPerRay: number;
    },
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
  const { networks, rayCapacity, encoding } = settings;
  const plan = createRenderPlan(kernels);
  const { addresses, cropRows, roundCapacity, survivorCapacity, appearanceSize, release } = allocateBuffers(
    kernels,
    plan,
    settings,
  );
  const layerCount = networks.parameters.length;
  const appearanceGradients = appearanceSize
    ? kernels.float32(addresses.appearanceGradients, rayCapacity * appearanceSize)
    : undefined;
  const states = unitStates(kernels, addresses.unitStates);

  const buildLadder = () => kernels.run('buildLadder', 1, plan.address);
  /** Advances all rays until the last has ended. */
  const advance = (units: number) => {
    kernels.run('beginRays', units, plan.address);
    while (states.total('samples', units) > 0) {
      kernels.run('encodeRound', encoding.levels * encodePieces, plan.address);
      kernels.run('advanceRays', units, plan.address);
    }
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
    crop(box) {
      if (box) kernels.float32(cropRows, 12).set(box);
      plan.set({ crop: box ? cropRows : 0 });
    },
    buildLadder,
    packNetworks: () => kernels.run('packNetwork', layerCount, plan.address),
    render(count, { train, samplesPerRay, survivorsPerRay }) {
      const pieces = Math.ceil((count * survivorsPerRay) / survivorsPerUnit);
      const units = Math.min(count, maxUnits, train ? Math.max(minUnits, pieces) : renderUnits);
      const slots = Math.min(units, maxSlots);
      const { fewest, most } = roundSamplesPerRay;
      const first = train ? Math.min(most, Math.max(fewest, Math.round(samplesPerRay / 2))) : fewest;
      const room = Math.floor(roundCapacity / units / tileSamples) * tileSamples;
      plan.set({
        rays: count,
        units,
        slots,
        roundCapacity: Math.min(room, wholeTiles(first * Math.ceil(count / units))),
        unitCapacity: Math.min(
          maxUnitCapacity,
          Math.floor(survivorCapacity / units / tileSamples) * tileSamples,
        ),
        train: train ? 1 : 0,
        lossScale: 1 / (3 * count),
      });
      if (train) appearanceGradients?.fill(0, 0, count * appearanceSize);
      if (train) {
        advance(units);
        kernels.run('trainRays', slots, plan.address);
        kernels.run('gridGradient', encoding.levels, plan.address);
        kernels.run('networkGradient', layerCount, plan.address, networks.gradientTargets);
      } else {
        buildLadder();
        kernels.run('renderRays', units, plan.address);
      }
      return {
        loss: states.total('loss', units),
        samples: states.total('marched', units),
        survivors: states.total('allSurvivors', units),
        dropped: states.total('dropped', units),
      };
    },
    dispose() {
      plan.dispose();
      release();
    },
  };
}

/** Sums over the units' states, in order. */
function unitStates(kernels: KernelPool, address: number) {
  const states = Array.from({ length: maxUnits }, (_, unit) =>
    structAt(kernels, unitStateLayout, address + unit * unitStateLayout.bytes),
  );
  return {
    total(field: 'samples' | 'allSurvivors' | 'marched' | 'dropped' | 'loss', units: number): number {
      let sum = 0;
      for (let unit = 0; unit < units; unit++) sum += states[unit]!.get(field);
      return sum;
    },
  };
}

function wholeTiles(samples: number): number {
  return Math.ceil(samples / tileSamples) * tileSamples;
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
  // Every unit's share is rounded up to whole tiles.
  const roundCapacity = 4 * Math.max(rayCapacity, settings.targetSamples) + maxUnits * tileSamples;
  const survivorCapacity = Math.max(
    survivorRoom * settings.targetSamples,
    roundCapacity + maxUnits * tileSamples,
  );
  const addresses = {
    origins: allocate(rayCapacity * 12),
    directions: allocate(rayCapacity * 12),
    pixels: allocate(rayCapacity * 16),
    images: allocate(rayCapacity * 4),
    colors: allocate(rayCapacity * 16),
    depths: allocate(rayCapacity * 4),
    walkers: allocate(rayCapacity * walkerLayout.bytes),
    alive: allocate(rayCapacity * 4),
    records: allocate(rayCapacity * rayRecordLayout.bytes),
    harmonics: allocate(rayCapacity * harmonicsBytes),
    roundPositions: allocate(roundCapacity * 16),
    roundSteps: allocate(roundCapacity * 4),
    roundAlphas: allocate(roundCapacity * 4),
    roundTiles: allocate(roundCapacity * encoding.encoded * 4),
    survivorPositions: allocate(survivorCapacity * 16),
    survivorSteps: allocate(survivorCapacity * 4),
    survivorRays: allocate(survivorCapacity * 4),
    survivorTiles: allocate(survivorCapacity * encoding.encoded * 4),
    weightGradients: allocate(maxSlots * networks.gradientBytes),
    unitStates: allocate(maxUnits * unitStateLayout.bytes),
    appearanceGradients: appearanceSize ? allocate(rayCapacity * appearanceSize * 4) : 0,
  };
  const cropRows = allocate(12 * 4);
  plan.set({
    ...addresses,
    scratchTiles: maxUnitCapacity / tileSamples,
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
    ladder: allocate(kernels.call('ladderBytes')),
  });
  const scratchBytes = kernels.call('scratchBytesNeeded', plan.address);
  plan.set({ scratchBytes, scratch: allocate(scratchBytes * kernels.threads) });
  const release = () => {
    for (const address of owned) kernels.release(address);
  };
  return { addresses, cropRows, roundCapacity, survivorCapacity, appearanceSize, release };
}
