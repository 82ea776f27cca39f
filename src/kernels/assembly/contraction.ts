// From unit coordinates to the encoding's cube. Without contraction it is the outermost occupancy cube; with it (mip-NeRF 360, eq. 10, largest
// coordinate as the norm) the first cube takes the middle half of each side, and the rest of space what is left.
import { Plan } from './plan';

/**
 * The factor on a position's offset from the cube's centre.
 * @param reach the largest of the offset's absolute coordinates; the first cube's sides have length 1
 */
// @ts-ignore: decorator
@inline
export function shrinkAt(plan: Plan, reach: f32): f32 {
  if (!plan.contracted) return <f32>1 / <f32>(1 << (plan.levels - 1));
  const norm: f32 = max<f32>(reach + reach, 1);
  return <f32>0.5 * (<f32>2 - <f32>1 / norm) / norm;
}

/**
 * The factor on a step's length: the field's density is that of contracted space, whose rays are short, however far one sees. Else what is far
 * would be opaque before anything is learned, and the photos' first, blurred explanation would lie there.
 * @param reach as above
 */
// @ts-ignore: decorator
@inline
export function lengthAt(plan: Plan, reach: f32): f32 {
  if (!plan.contracted) return 1;
  const norm: f32 = max<f32>(reach + reach, 1);
  return <f32>1 / (norm * norm);
}
