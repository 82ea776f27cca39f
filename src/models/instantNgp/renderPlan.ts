/** What the rendering kernels are told: names for the words of the block that src/kernels/assembly/plan.ts reads. */
import type { KernelPool } from '../../kernels/kernelPool.ts';

/** Fields in the kernels' order, four bytes each; `f` marks float32, the others are int32 or addresses. */
const fields = {
  rays: 'i',
  units: 'i',
  origins: 'i',
  directions: 'i',
  pixels: 'i',
  images: 'i',
  colors: 'i',
  depths: 'i',
  boxMinX: 'f',
  boxMinY: 'f',
  boxMinZ: 'f',
  boxScale: 'f',
  levels: 'i',
  resolution: 'i',
  bits: 'i',
  coarseBits: 'i',
  near: 'f',
  coneAngle: 'f',
  minStep: 'f',
  maxStep: 'f',
  jitter: 'i',
  jitterKey: 'i',
  randomBackground: 'i',
  backgroundKey: 'i',
  backgroundR: 'f',
  backgroundG: 'f',
  backgroundB: 'f',
  gridLevels: 'i',
  gridFeatures: 'i',
  levelTable: 'i',
  table: 'i',
  encoded: 'i',
  layers: 'i',
  densityLayers: 'i',
  colorLayers: 'i',
  densityOutputs: 'i',
  densityBias: 'f',
  appearance: 'i',
  appearanceSize: 'i',
  minWeight: 'f',
  minTransmittance: 'f',
  walkers: 'i',
  alive: 'i',
  records: 'i',
  harmonics: 'i',
  roundCapacity: 'i',
  roundPositions: 'i',
  roundSteps: 'i',
  roundAlphas: 'i',
  roundTiles: 'i',
  unitCapacity: 'i',
  survivorPositions: 'i',
  survivorSteps: 'i',
  survivorRays: 'i',
  survivorTiles: 'i',
  train: 'i',
  lossScale: 'f',
  slots: 'i',
  weightGradients: 'i',
  weightGradientBytes: 'i',
  appearanceGradients: 'i',
  gridGradient: 'i',
  unitStates: 'i',
  scratch: 'i',
  scratchBytes: 'i',
  scratchTiles: 'i',
  hiddenWidth: 'i',
  distances: 'i',
} as const satisfies Record<string, 'i' | 'f'>;

export type PlanField = keyof typeof fields;

export interface RenderPlan {
  /** Where the kernels find it. */
  readonly address: number;
  /** Writes some fields. */
  set(values: Partial<Record<PlanField, number>>): void;
  dispose(): void;
}

/** A plan of zeros. */
export function createRenderPlan(kernels: KernelPool): RenderPlan {
  const names = Object.keys(fields) as PlanField[];
  const index = new Map(names.map((name, position) => [name, position]));
  const address = kernels.allocate(names.length * 4);
  const words = kernels.int32(address, names.length);
  const floats = kernels.float32(address, names.length);
  return {
    address,
    set(values) {
      for (const name in values) {
        const field = name as PlanField;
        (fields[field] === 'f' ? floats : words)[index.get(field)!] = values[field]!;
      }
    },
    dispose: () => kernels.release(address),
  };
}
