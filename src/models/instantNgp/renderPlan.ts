/** What the rendering kernels are told: a `Plan` (src/kernels/assembly/plan.ts) in their memory. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { planLayout } from '../../kernels/layouts.ts';
import { type StructView, structAt } from '../../kernels/structs.ts';

export type PlanField = keyof typeof planLayout.types;

export interface RenderPlan extends Pick<StructView<PlanField>, 'set'> {
  /** Where the kernels find it. */
  readonly address: number;
  dispose(): void;
}

/** A plan of zeros. */
export function createRenderPlan(kernels: KernelPool): RenderPlan {
  const address = kernels.allocate(planLayout.bytes);
  const { set } = structAt(kernels, planLayout, address);
  return { address, set, dispose: () => kernels.release(address) };
}
