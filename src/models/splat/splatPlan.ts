/** What the splat kernels are told: a `SplatPlan` (src/kernels/assembly/splatPlan.ts) in their memory. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { splatPlanLayout } from '../../kernels/layouts.ts';
import { type StructView, structAt } from '../../kernels/structs.ts';

export type SplatPlanField = keyof typeof splatPlanLayout.types;

export interface SplatPlan extends StructView<SplatPlanField> {
  /** Where the kernels find it. */
  readonly address: number;
  dispose(): void;
}

/** A plan of zeros. */
export function createSplatPlan(kernels: KernelPool): SplatPlan {
  const address = kernels.allocate(splatPlanLayout.bytes);
  return { address, ...structAt(kernels, splatPlanLayout, address), dispose: () => kernels.release(address) };
}
