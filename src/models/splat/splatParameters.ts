/** The parameters of splats: a group each, with the splats as rows. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { moveRowsInMemory } from '../../kernels/moveRowsInMemory.ts';
import type { Gradients } from '../../pipeline/pipeline.ts';
import { type GrowingParameter, growingParameter } from '../../tensors/growingParameter.ts';
import { type SplatGroup, splatGroups } from './splatGroups.ts';
import { harmonicsWidthOf } from './splatUnits.ts';

/** Where the parameters of splats and their gradients lie, by the names that the kernels' plan has for them. */
export type SplatAddresses = Readonly<Record<SplatGroup | `${SplatGroup}Gradient`, number>>;

/** Values of splats, row by row; see src/models/splat/reference/renderSplats.ts for what they mean. */
export type SplatValues = Readonly<Record<SplatGroup, Float32Array>>;

export interface SplatParameters {
  readonly groups: Readonly<Record<SplatGroup, readonly GrowingParameter[]>>;
  readonly count: number;
  /** Most splats there can be. */
  readonly capacity: number;
  /** Numbers in a row of the harmonics. */
  readonly harmonicsWidth: number;
  readonly addresses: SplatAddresses;
  /** Leased: see `TrainStepOutput.gradients`. */
  readonly gradients: Gradients;
  /** The values of all splats, in place. */
  values(): SplatValues;
  /** Replaces all splats. */
  replace(values: SplatValues): void;
  /** Makes row k a copy of row `sources[k]`. */
  rearrange(sources: Int32Array): void;
  dispose(): void;
}

/** @param degree of the harmonics, 0 to 3 */
export function createSplatParameters(
  kernels: KernelPool,
  capacity: number,
  degree: number,
): SplatParameters {
  const harmonicsWidth = harmonicsWidthOf(degree);
  const rowShapes = {
    means: [3],
    scales: [3],
    rotations: [4],
    opacities: [],
    colors: [3],
    harmonics: [harmonicsWidth / 3, 3],
  };
  const all = splatGroups.map((group) => growingParameter(kernels, group, capacity, rowShapes[group]));
  const byGroup = Object.fromEntries(all.map((parameter) => [parameter.name, parameter])) as Record<
    SplatGroup,
    GrowingParameter
  >;
  const count = () => byGroup.opacities.variable.shape[0] as number;
  const each = <Value>(of: (parameter: GrowingParameter) => Value) =>
    Object.fromEntries(all.map((parameter) => [parameter.name, of(parameter)])) as Record<SplatGroup, Value>;
  const trained = all.filter(({ rowSize }) => rowSize > 0);
  const rowsNow = () => ({
    count: count(),
    values: each(({ data, rowSize }) => data.subarray(0, count() * rowSize)),
    gradients: Object.fromEntries(trained.map(({ name, gradient }) => [name, gradient])),
  });
  /** Asked for in each step, and the same until the number of rows changes. */
  let rows: ReturnType<typeof rowsNow> | undefined;
  const current = () => {
    if (rows?.count !== count()) rows = rowsNow();
    return rows;
  };
  return {
    groups: each((parameter) => (parameter.rowSize > 0 ? [parameter] : [])),
    get count() {
      return count();
    },
    capacity,
    harmonicsWidth,
    addresses: {
      ...each(({ address }) => address),
      ...Object.fromEntries(all.map(({ name, gradientAddress }) => [`${name}Gradient`, gradientAddress])),
    } as SplatAddresses,
    get gradients() {
      return current().gradients;
    },
    values: () => current().values,
    replace(values) {
      for (const parameter of all) {
        parameter.data.set(values[parameter.name as SplatGroup]);
        parameter.resize(values.opacities.length);
      }
    },
    rearrange(sources) {
      const widest = Math.max(...all.map(({ rowSize }) => rowSize));
      const rows = count();
      const before = kernels.reserve(Math.max(1, rows) * widest * 4);
      for (const { address, rowSize, resize } of all) {
        kernels.float32(before, rows * rowSize).set(kernels.float32(address, rows * rowSize));
        moveRowsInMemory(kernels, before, address, sources, rowSize);
        resize(sources.length);
      }
      kernels.release(before);
    },
    dispose() {
      for (const parameter of all) parameter.dispose();
    },
  };
}
