// How long a ray's step is.
import { Plan } from './plan';

/** That of a sample at distance `t`; unit coordinates. */
// @ts-ignore: decorator
@inline
export function stepAt(plan: Plan, t: f32): f32 {
  return min(max(t * plan.coneAngle * max<f32>(t * plan.stepGrowth, 1), plan.minStep), plan.maxStep);
}
