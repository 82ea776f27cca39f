/** instant-ngp (Müller et al. 2022): hash grid, two small networks, occupancy grid; trained and rendered by fused kernels. */
import type { Camera } from '../../data/cameras/camera.ts';
import { CheckpointError } from '../../errors.ts';
import { hashGridEntries, hashGridLevels, writeHashGridLevels } from '../../fields/hashGridLevels.ts';
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { RandomStream, randomKey, uniformAt } from '../../rng.ts';
import type { NamedArrays } from '../../tensors/namedArrays.ts';
import { type SharedParameter, sharedParameter } from '../../tensors/sharedTensor.ts';
import type { InstantNgpConfig } from '../modelSchema.ts';
import type { RadianceModel, SceneBounds } from '../radianceModel.ts';
import { marchSettings } from './marchSettings.ts';
import { createNetworks } from './networks.ts';
import { createOccupancyGrid } from './occupancyGrid.ts';
import { createRenderKernels, type RenderStatistics } from './renderKernels.ts';
import { visibleCells } from './visibleCells.ts';

export interface InstantNgpOptions {
  readonly config: InstantNgpConfig;
  readonly kernels: KernelPool;
  readonly bounds: SceneBounds;
  /** Cameras of the training images. */
  readonly cameras: readonly Camera[];
  readonly seed: number;
  /** Colour behind held-out images that have transparent pixels. */
  readonly evalBackground: 'white' | 'black';
}

const minRays = 128;
const rayCapacity = 1 << 14;
const tableBound = 1e-4;

/** Most of the work is in the kernels; here is what a step consists of. */
export function createInstantNgp(options: InstantNgpOptions): RadianceModel {
  const { config, kernels, bounds, seed } = options;
  const march = marchSettings(config, bounds);
  const levels = hashGridLevels({ ...config.hashGrid, maxResolution: march.maxResolution });
  const features = config.hashGrid.featuresPerLevel;
  const encoded = Math.ceil((levels.length * features) / 4) * 4;
  const levelTable = kernels.allocate(levels.length * 32);
  writeHashGridLevels(
    levels,
    kernels.float32(levelTable, levels.length * 8),
    kernels.int32(levelTable, levels.length * 8),
  );

  const initial = randomKey(seed, RandomStream.initialization, 0);
  const uniform = (bound: number, offset: number) => (data: Float32Array) => {
    for (let k = 0; k < data.length; k++) data[k] = (uniformAt(initial, offset + k) * 2 - 1) * bound;
  };
  const table = sharedParameter(
    kernels,
    'hash_grid',
    [hashGridEntries(levels), features],
    uniform(tableBound, 0),
  );
  const networks = createNetworks(kernels, config, encoded, seed);
  const appearanceSize = config.appearanceDimensions;
  const appearance = appearanceSize
    ? sharedParameter(kernels, 'appearance', [options.cameras.length, appearanceSize], uniform(1e-2, 1 << 28))
    : undefined;
  const render = createRenderKernels(kernels, {
    networks,
    table,
    appearance,
    levelTable,
    encoded,
    appearanceSize,
    rayCapacity,
    gridLevels: levels.length,
    gridFeatures: features,
    densityOutputs: config.density.outputs,
    targetSamples: config.targetSamples,
  });
  const grid = createOccupancyGrid(kernels, {
    resolution: config.occupancy.resolution,
    levels: march.levels,
    decay: march.decay,
    meanFactor: march.meanFactor,
    seed,
    visible: bounds.bounded
      ? undefined
      : visibleCells(options.cameras, {
          levels: march.levels,
          resolution: config.occupancy.resolution,
          center: march.center,
          halfSize: march.halfSize,
        }),
  });
  render.plan.set({
    boxMinX: march.center[0] - march.halfSize,
    boxMinY: march.center[1] - march.halfSize,
    boxMinZ: march.center[2] - march.halfSize,
    boxScale: 1 / (2 * march.halfSize),
    levels: march.levels,
    resolution: config.occupancy.resolution,
    bits: grid.bits,
    coarseBits: grid.coarseBits,
    near: march.near,
    densityBias: march.densityBias,
    minTransmittance: march.minTransmittance,
  });
  render.packNetworks();

  /** Moving averages that decide how many rays a step takes; part of the state. */
  const averages = new Float64Array([march.initialSamplesPerRay, march.initialSamplesPerRay]);
  let latest: (RenderStatistics & { rays: number }) | undefined;

  const setMarch = (factor: number) =>
    render.plan.set({
      coneAngle: march.coneAngle * factor,
      minStep: march.minStep * factor,
      maxStep: march.maxStep * factor,
    });
  const white = options.evalBackground === 'white' ? 1 : 0;

  return {
    groups: {
      encoding: [table],
      networks: networks.parameters,
      appearance: appearance ? [appearance] : [],
    },
    rays: render.rays,
    planAddress: render.plan.address,
    rayCount: (step) => {
      const samples = config.targetSamples * march.sampleFactor(step);
      return Math.max(minRays, Math.min(rayCapacity, Math.round(samples / averages[0]!)));
    },
    trainStep(step, count) {
      setMarch(march.stepFactor(step));
      render.packNetworks();
      render.plan.set({
        jitter: 1,
        jitterKey: randomKey(seed, RandomStream.march, step) | 0,
        randomBackground: config.background === 'random' ? 1 : 0,
        backgroundKey: randomKey(seed, RandomStream.background, step) | 0,
        ...gray(config.background === 'white' ? 1 : 0),
        minWeight: step <= march.allSamplesUntilStep ? 0 : march.minWeight,
      });
      const statistics = render.render(count, { train: true, survivorsPerRay: averages[1]! });
      latest = { ...statistics, rays: count };
      if (appearance)
        scatterAppearance(appearance, render.rays.imageIndex, render.appearanceGradients!, count);
      const gradients = Object.fromEntries(
        [table, ...networks.parameters, ...(appearance ? [appearance] : [])].map((parameter) => [
          parameter.name,
          parameter.gradient.tensor,
        ]),
      );
      return { statistics, gradients };
    },
    commit(step) {
      if (!latest) return;
      averages[0] = Math.max(1, 0.7 * averages[0]! + (0.3 * latest.samples) / latest.rays);
      averages[1] = Math.max(1, 0.7 * averages[1]! + (0.3 * latest.survivors) / latest.rays);
      if (!march.updatesOccupancy(step)) return;
      render.packNetworks();
      grid.update(render.plan, step, march.minStep);
    },
    render(count) {
      setMarch(1);
      render.packNetworks();
      render.plan.set({
        jitter: 0,
        randomBackground: 0,
        ...gray(bounds.hasAlpha ? white : 0),
        minWeight: march.minWeight,
      });
      return render.render(count, { train: false, survivorsPerRay: averages[1]! });
    },
    get occupiedShare() {
      return grid.occupiedShare;
    },
    state: () => ({ ...grid.state(), 'rays/averages': { shape: [2], data: averages } }),
    restore(state: NamedArrays) {
      grid.restore(state);
      const saved = state['rays/averages'];
      if (saved?.data.length !== 2)
        throw new CheckpointError('the checkpoint lacks rays/averages; it belongs to another model');
      averages.set(saved.data);
    },
    dispose() {
      render.dispose();
      grid.dispose();
      networks.dispose();
      table.dispose();
      appearance?.dispose();
      kernels.release(levelTable);
    },
  };
}

/** Fields of the kernels' fixed background. */
function gray(value: number) {
  return { backgroundR: value, backgroundG: value, backgroundB: value };
}

/** Sums the rays' gradients into their images' rows, in order. */
function scatterAppearance(
  appearance: SharedParameter,
  images: Int32Array,
  perRay: Float32Array,
  count: number,
): void {
  const size = appearance.variable.shape[1]!;
  const gradient = appearance.gradient.data;
  gradient.fill(0);
  for (let ray = 0; ray < count; ray++) {
    const row = images[ray]! * size;
    for (let k = 0; k < size; k++) gradient[row + k]! += perRay[ray * size + k]!;
  }
}
