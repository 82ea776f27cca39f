// Rendering a tile: colours over the background, and the light that is left. And what of it is shown.
import { blendFront, blendOnly, enterTile, left, rows, stride, top } from './splatBlend';
import { SplatPlan, TILE_SIDE } from './splatPlan';
import { COLOR, LIGHT, PLANE, PLANE_ROW, ownScratch } from './splatScratch';
import { multiplyAdd } from './simd';
import { storeTransposed } from './transpose';

/** Unit: see SplatPlan.units. The picture's rows have room for whole tiles. */
export function splatRenderTiles(unit: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), scratch = ownScratch(plan);
  for (let tile = unit; tile < plan.tilesX * plan.tilesY; tile += plan.units) {
    enterTile(plan, scratch, tile);
    blendOnly(plan, scratch);
    showTile(plan, scratch);
  }
}

/** The same with the colours of the first third of the light. */
export function splatFrontTiles(unit: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), scratch = ownScratch(plan);
  for (let tile = unit; tile < plan.tilesX * plan.tilesY; tile += plan.units) {
    enterTile(plan, scratch, tile);
    blendFront(plan, scratch);
    showTile(plan, scratch);
  }
}

/** Puts the tile over the background, into the picture. */
function showTile(plan: SplatPlan, scratch: usize): void {
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

/** Unit = a row of the picture: its colours between 0 and 1, pixel behind pixel, without what its tiles have beyond the edge. */
export function splatPictureColors(row: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), width = plan.width, zero = f32x4.splat(0), one = f32x4.splat(1);
  let from = plan.picture + (<usize>row * <usize>(plan.tilesX * TILE_SIDE) << 4), to = plan.pictureColors + <usize>(row * width) * 12;
  let column = 0;
  for (; column <= width - 4; column += 4, from += 64, to += 48) {
    const a = v128.load(from), b = v128.load(from, 16), c = v128.load(from, 32), d = v128.load(from, 48);
    v128.store(to, f32x4.pmin(f32x4.pmax(v128.shuffle<f32>(a, b, 0, 1, 2, 4), zero), one));
    v128.store(to, f32x4.pmin(f32x4.pmax(v128.shuffle<f32>(b, c, 1, 2, 4, 5), zero), one), 16);
    v128.store(to, f32x4.pmin(f32x4.pmax(v128.shuffle<f32>(c, d, 2, 4, 5, 6), zero), one), 32);
  }
  for (; column < width; column++, from += 16, to += 12) {
    const pixel = f32x4.pmin(f32x4.pmax(v128.load(from), zero), one);
    v128.store64_lane(to, pixel, 0);
    v128.store32_lane(to, pixel, 2, 8);
  }
}
