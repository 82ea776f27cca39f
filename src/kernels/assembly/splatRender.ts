// Rendering a tile: colours over the background, and the light that is left.
import { blendOnly, enterTile, left, rows, stride, top } from './splatBlend';
import { SplatPlan, TILE_SIDE } from './splatPlan';
import { COLOR, LIGHT, PLANE, PLANE_ROW, ownScratch } from './splatScratch';
import { multiplyAdd } from './simd';
import { storeTransposed } from './transpose';

/** Unit = a tile. The picture's rows have room for whole tiles. */
export function splatRenderTile(tile: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), scratch = ownScratch(plan);
  enterTile(plan, tile);
  blendOnly(plan, scratch);
  const red = f32x4.splat(plan.backgroundR), green = f32x4.splat(plan.backgroundG), blue = f32x4.splat(plan.backgroundB);
  const pitch = <usize>(plan.tilesX * TILE_SIDE) << 4;
  for (let row = 0; row < rows; row++) {
    const to = plan.picture + <usize>(top + row * stride) * pitch + (<usize>left << 4);
    for (let column: usize = 0; column < PLANE_ROW; column += 16) {
      const at = scratch + <usize>row * PLANE_ROW + column, light = v128.load(at, LIGHT);
      storeTransposed(
        to + (column << 2), 16,
        multiplyAdd(light, red, v128.load(at, COLOR)), multiplyAdd(light, green, v128.load(at, COLOR + PLANE)),
        multiplyAdd(light, blue, v128.load(at, COLOR + 2 * PLANE)), light,
      );
    }
  }
}
