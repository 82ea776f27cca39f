/** Limits gradients, group by group. */
import type { OperatorFunction } from 'rxjs';
import type { GroupConfig } from '../../src/config/schema.ts';
import { globalNorm, limitElements, limitNorm } from '../../src/optimizers/clipping.ts';
import type { ParameterGroups } from '../../src/optimizers/optimizers.ts';
import type { EngineTensor } from '../../src/pipeline/pipeline.ts';
import type { Engine } from '../../src/tensors/engine.ts';
import type { TrainStep } from '../step.ts';
import { mapLeased } from './mapLeased.ts';

/** A step whose gradients are within their limits. */
export interface ClippedStep extends TrainStep {
  /** Global norm before clipping, by group; only where it was computed. */
  readonly gradientNorms: Readonly<Record<string, number>>;
}

/** What a group's settings say of clipping. */
export type ClipSettings = Partial<Pick<GroupConfig, 'clipNorm' | 'clipValue'>>;

export interface ClipGradientsOptions {
  /** In which steps the norms of groups without `clipNorm` are computed, too: each costs a pass over the gradients. Default: none. */
  readonly norms?: (step: number) => boolean;
}

/**
 * Scales each group's gradients so that their global norm is at most `clipNorm` (torch's clip_grad_norm_: the factor is
 * `min(1, clipNorm / (norm + 1e-6))`), then cuts every element to -clipValue..clipValue.
 *
 * - Timing: synchronous; one emission per source emission, in order, no buffer.
 * - Ownership: may overwrite the leased gradients; what it makes is disposed when the emission has returned.
 * - Errors: none of its own; a gradient that is not finite stays so (guardFinite comes before).
 * - Resume state: none.
 *
 * @example trainSteps(pipeline).pipe(clipGradients(pipeline.groups, config.groups, engine), applyOptimizers(optimizers, schedulers))
 */
export function clipGradients(
  groups: ParameterGroups,
  config: Readonly<Record<string, ClipSettings>>,
  { gradients: math }: Pick<Engine, 'gradients'>,
  options: ClipGradientsOptions = {},
): OperatorFunction<TrainStep, ClippedStep> {
  return mapLeased((step, own) => {
    const gradients: Record<string, EngineTensor> = { ...step.gradients };
    const gradientNorms: Record<string, number> = {};
    const isWanted = options.norms?.(step.step) ?? false;
    for (const [group, parameters] of Object.entries(groups)) {
      const { clipNorm, clipValue } = config[group] ?? {};
      if (clipNorm === undefined && clipValue === undefined && !isWanted) continue;
      const names = parameters.map(({ name }) => name).filter((name) => gradients[name]);
      if (names.length === 0) continue;
      let limited: readonly EngineTensor[] = names.map((name) => gradients[name] as EngineTensor);
      // Now, and not when somebody reads it: what comes behind may overwrite the gradients.
      if (clipNorm !== undefined || isWanted) gradientNorms[group] = globalNorm(limited, math);
      const keep = (next: readonly EngineTensor[]) => {
        for (const [index, gradient] of next.entries()) if (gradient !== limited[index]) own(gradient);
        limited = next;
      };
      if (clipNorm !== undefined) keep(limitNorm(limited, gradientNorms[group] as number, clipNorm, math));
      if (clipValue !== undefined) keep(limitElements(limited, clipValue, math));
      for (const [index, name] of names.entries()) gradients[name] = limited[index] as EngineTensor;
    }
    return { ...step, gradients, gradientNorms };
  });
}
