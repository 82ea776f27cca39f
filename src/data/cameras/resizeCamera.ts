/** A camera whose picture is made larger or smaller. */
import type { Intrinsics } from './camera.ts';

/**
 * The same view in `width` x `height` pixels. Width and height have a ratio each: sides that were rounded to whole pixels change
 * focal lengths and principal point by what was really done. Angles, and so distortion, stay.
 */
export function resizeCamera<C extends Intrinsics>(camera: C, width: number, height: number): C {
  const [x, y] = [width / camera.width, height / camera.height];
  const { fx, fy, cx, cy } = camera;
  return { ...camera, width, height, fx: fx * x, fy: fy * y, cx: cx * x, cy: cy * y };
}
