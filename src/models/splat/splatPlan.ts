/** What the splat kernels are told: names for the words of the block that src/kernels/assembly/splatPlan.ts reads. */
import type { KernelPool } from '../../kernels/kernelPool.ts';

/** Fields in the kernels' order, four bytes each; `f` marks float32, the others are int32 or addresses. */
const fields = {
  count: 'i',
  means: 'i',
  scales: 'i',
  rotations: 'i',
  opacities: 'i',
  colors: 'i',
  harmonics: 'i',
  meansGradient: 'i',
  scalesGradient: 'i',
  rotationsGradient: 'i',
  opacitiesGradient: 'i',
  colorsGradient: 'i',
  harmonicsGradient: 'i',
  harmonicsWidth: 'i',
  degree: 'i',
  opacityPenalty: 'f',
  r00: 'f',
  r01: 'f',
  r02: 'f',
  r10: 'f',
  r11: 'f',
  r12: 'f',
  r20: 'f',
  r21: 'f',
  r22: 'f',
  t0: 'f',
  t1: 'f',
  t2: 'f',
  positionX: 'f',
  positionY: 'f',
  positionZ: 'f',
  fx: 'f',
  fy: 'f',
  cx: 'f',
  cy: 'f',
  lens: 'i',
  k1: 'f',
  k2: 'f',
  k3: 'f',
  k4: 'f',
  p1: 'f',
  p2: 'f',
  leftU: 'f',
  rightU: 'f',
  topV: 'f',
  bottomV: 'f',
  leastU: 'f',
  mostU: 'f',
  leastV: 'f',
  mostV: 'f',
  near: 'f',
  reach: 'f',
  blurReach: 'f',
  blur: 'f',
  width: 'i',
  height: 'i',
  rowStride: 'i',
  rowPhase: 'i',
  tilesX: 'i',
  tilesY: 'i',
  cutoff: 'f',
  minTransmittance: 'f',
  backgroundR: 'f',
  backgroundG: 'f',
  backgroundB: 'f',
  records: 'i',
  depths: 'i',
  flags: 'i',
  spanOffsets: 'i',
  inView: 'i',
  chunks: 'i',
  spans: 'i',
  spanBytes: 'i',
  threads: 'i',
  tileCounts: 'i',
  tileOffsets: 'i',
  tileCursors: 'i',
  entries: 'i',
  sortKeys: 'i',
  sortSplats: 'i',
  sortCounters: 'i',
  order: 'i',
  visible: 'i',
  pairs: 'i',
  longestTile: 'i',
  image: 'i',
  lossScale: 'f',
  pairGradients: 'i',
  tileLosses: 'i',
  screenGradients: 'i',
  picture: 'i',
  depthMap: 'i',
  scratch: 'i',
  scratchBytes: 'i',
} as const satisfies Record<string, 'i' | 'f'>;

export type SplatPlanField = keyof typeof fields;

export interface SplatPlan {
  /** Where the kernels find it. */
  readonly address: number;
  /** Writes some fields. */
  set(values: Partial<Record<SplatPlanField, number>>): void;
  /** What a field holds: kernels write into some. */
  get(field: SplatPlanField): number;
  dispose(): void;
}

/** A plan of zeros. */
export function createSplatPlan(kernels: KernelPool): SplatPlan {
  const names = Object.keys(fields) as SplatPlanField[];
  const index = new Map(names.map((name, position) => [name, position]));
  const address = kernels.allocate(names.length * 4);
  const words = kernels.int32(address, names.length);
  const floats = kernels.float32(address, names.length);
  const arrayOf = (field: SplatPlanField) => (fields[field] === 'f' ? floats : words);
  return {
    address,
    set(values) {
      for (const name in values) {
        const field = name as SplatPlanField;
        arrayOf(field)[index.get(field)!] = values[field]!;
      }
    },
    get: (field) => arrayOf(field)[index.get(field)!]!,
    dispose: () => kernels.release(address),
  };
}

/** Bytes of the block, for a test that compares it with the kernels' own idea. */
export const splatPlanBytes = Object.keys(fields).length * 4;
