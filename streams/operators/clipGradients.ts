/** Limits gradients, group by group. */
import type { OperatorFunction } from 'rxjs';
import type { GroupConfig } from '../../src/config/schema.ts';
import { normFactor } from '../../src/optimizers/clipByGlobalNorm.ts';
import type { ParameterGroups } from '../../src/optimizers/optimizers.ts';
import type { EngineTensor, Gradients, LazyNumber, Parameter } from '../../src/pipeline/pipeline.ts';
import type { Engine, GradientMath } from '../../src/tensors/engine.ts';
import type { TrainStep } from '../step.ts';
import { mapLeased } from './mapLeased.ts';

/** A step whose gradients are within their limits. */
export interface ClippedStep extends TrainStep {
  /** Global norm before clipping, by group. */
  readonly gradientNorms: Readonly<Record<string, LazyNumber>>;
}

/** What a group's settings say of clipping. */
export type ClipSettings = Partial<Pick<GroupConfig, 'clipNorm' | 'clipValue'>>;

export interface ClipGradientsOptions {
  /** Offer the norm of groups without `clipNorm`, too; it is computed only if somebody reads it. @defaultValue false */
  readonly norms?: boolean;
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
    const gradientNorms: Record<string, LazyNumber> = {};
    const replace = (name: string, next: EngineTensor) => {
      if (next !== gradients[name]) gradients[name] = own(next);
    };
    for (const [group, parameters] of Object.entries(groups)) {
      const present = parameters.map(({ name }) => name).filter((name) => gradients[name]);
      if (present.length === 0) continue;
      const norm = () => globalNorm(parameters, step.gradients, math.sumOfSquares);
      const { clipNorm, clipValue } = config[group] ?? {};
      if (clipNorm !== undefined) {
        const before = norm();
        gradientNorms[group] = before;
        const factor = normFactor(clipNorm, before);
        if (factor !== 1)
          for (const name of present) replace(name, math.scale(gradients[name] as EngineTensor, factor));
      } else if (options.norms) gradientNorms[group] = clipValue === undefined ? memoized(norm) : norm();
      if (clipValue !== undefined)
        for (const name of present) replace(name, math.clamp(gradients[name] as EngineTensor, clipValue));
    }
    return { ...step, gradients, gradientNorms };
  });
}

/** Euclidean norm of all the group's gradients as one vector, the squares summed parameter by parameter. */
function globalNorm(
  parameters: readonly Parameter[],
  gradients: Gradients,
  sumOfSquares: GradientMath['sumOfSquares'],
): number {
  let sum = 0;
  for (const { name } of parameters) if (gradients[name]) sum += sumOfSquares(gradients[name]);
  return Math.sqrt(sum);
}

function memoized(compute: () => number): () => number {
  let value: number | undefined;
  return () => {
    value ??= compute();
    return value;
  };
}
