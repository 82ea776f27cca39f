// Real spherical harmonics of directions as a tensor operation: 1 to 5 bands, in nerfstudio's order and signs (see src/fields/sphericalHarmonics.ts).

/** Directions of a work unit. */
const UNIT_ROWS: i32 = 2048;

// @ts-ignore: decorator
@inline
function put(out: usize, index: i32, value: f32): void {
  store<f32>(out + (<usize>index << 2), value);
}

// @ts-ignore: decorator
@inline
function get(from: usize, index: i32, factor: f32): f32 {
  return load<f32>(from + (<usize>index << 2)) * factor;
}

function harmonics(out: usize, levels: i32, x: f32, y: f32, z: f32): void {
  const xx = x * x, yy = y * y, zz = z * z;
  put(out, 0, 0.28209479177387814);
  if (levels == 1) return;
  put(out, 1, <f32>0.4886025119029199 * y);
  put(out, 2, <f32>0.4886025119029199 * z);
  put(out, 3, <f32>0.4886025119029199 * x);
  if (levels == 2) return;
  put(out, 4, <f32>1.0925484305920792 * x * y);
  put(out, 5, <f32>1.0925484305920792 * y * z);
  put(out, 6, <f32>0.9461746957575601 * zz - <f32>0.31539156525252);
  put(out, 7, <f32>1.0925484305920792 * x * z);
  put(out, 8, <f32>0.5462742152960396 * (xx - yy));
  if (levels == 3) return;
  const alongX = xx - <f32>3 * yy, alongY = <f32>3 * xx - yy;
  put(out, 9, <f32>0.5900435899266435 * y * alongY);
  put(out, 10, <f32>2.890611442640554 * x * y * z);
  put(out, 11, <f32>0.4570457994644658 * y * (<f32>5 * zz - <f32>1));
  put(out, 12, <f32>0.3731763325901154 * z * (<f32>5 * zz - <f32>3));
  put(out, 13, <f32>0.4570457994644658 * x * (<f32>5 * zz - <f32>1));
  put(out, 14, <f32>1.445305721320277 * z * (xx - yy));
  put(out, 15, <f32>0.5900435899266435 * x * alongX);
  if (levels == 4) return;
  put(out, 16, <f32>2.5033429417967046 * x * y * (xx - yy));
  put(out, 17, <f32>1.7701307697799304 * y * z * alongY);
  put(out, 18, <f32>0.9461746957575601 * x * y * (<f32>7 * zz - <f32>1));
  put(out, 19, <f32>0.6690465435572892 * y * z * (<f32>7 * zz - <f32>3));
  put(out, 20, <f32>0.10578554691520431 * (<f32>35 * zz * zz - <f32>30 * zz + <f32>3));
  put(out, 21, <f32>0.6690465435572892 * x * z * (<f32>7 * zz - <f32>3));
  put(out, 22, <f32>0.47308734787878004 * (xx - yy) * (<f32>7 * zz - <f32>1));
  put(out, 23, <f32>1.7701307697799304 * x * z * alongX);
  put(out, 24, <f32>0.6258357354491761 * (xx * alongX - yy * alongY));
}

/** Writes the gradient of the direction from that of its components. */
function harmonicsGradient(dy: usize, out: usize, levels: i32, x: f32, y: f32, z: f32): void {
  const xx = x * x, yy = y * y, zz = z * z;
  let gx: f32 = 0, gy: f32 = 0, gz: f32 = 0, g: f32;
  if (levels > 1) {
    gy += get(dy, 1, 0.4886025119029199);
    gz += get(dy, 2, 0.4886025119029199);
    gx += get(dy, 3, 0.4886025119029199);
  }
  if (levels > 2) {
    g = get(dy, 4, 1.0925484305920792); gx += g * y; gy += g * x;
    g = get(dy, 5, 1.0925484305920792); gy += g * z; gz += g * y;
    gz += get(dy, 6, 1.8923493915151202) * z;
    g = get(dy, 7, 1.0925484305920792); gx += g * z; gz += g * x;
    g = get(dy, 8, 1.0925484305920792); gx += g * x; gy -= g * y;
  }
  const alongX = xx - <f32>3 * yy, alongY = <f32>3 * xx - yy, three = <f32>3 * (xx - yy), xy6 = <f32>6 * x * y;
  if (levels > 3) {
    g = get(dy, 9, 0.5900435899266435); gx += g * xy6; gy += g * three;
    g = get(dy, 10, 2.890611442640554); gx += g * y * z; gy += g * x * z; gz += g * x * y;
    g = get(dy, 11, 0.4570457994644658); gy += g * (<f32>5 * zz - <f32>1); gz += g * <f32>10 * y * z;
    gz += get(dy, 12, 0.3731763325901154) * (<f32>15 * zz - <f32>3);
    g = get(dy, 13, 0.4570457994644658); gx += g * (<f32>5 * zz - <f32>1); gz += g * <f32>10 * x * z;
    g = get(dy, 14, 1.445305721320277); gx += g * <f32>2 * x * z; gy -= g * <f32>2 * y * z; gz += g * (xx - yy);
    g = get(dy, 15, 0.5900435899266435); gx += g * three; gy -= g * xy6;
  }
  if (levels > 4) {
    const seven1 = <f32>7 * zz - <f32>1, seven3 = <f32>7 * zz - <f32>3, steep = <f32>21 * zz - <f32>3;
    g = get(dy, 16, 2.5033429417967046); gx += g * y * alongY; gy += g * x * alongX;
    g = get(dy, 17, 1.7701307697799304); gx += g * xy6 * z; gy += g * z * three; gz += g * y * alongY;
    g = get(dy, 18, 0.9461746957575601); gx += g * y * seven1; gy += g * x * seven1; gz += g * <f32>14 * x * y * z;
    g = get(dy, 19, 0.6690465435572892); gy += g * z * seven3; gz += g * y * steep;
    gz += get(dy, 20, 0.10578554691520431) * z * (<f32>140 * zz - <f32>60);
    g = get(dy, 21, 0.6690465435572892); gx += g * z * seven3; gz += g * x * steep;
    g = get(dy, 22, 0.47308734787878004); gx += g * <f32>2 * x * seven1; gy -= g * <f32>2 * y * seven1; gz += g * <f32>14 * z * (xx - yy);
    g = get(dy, 23, 1.7701307697799304); gx += g * z * three; gy -= g * xy6 * z; gz += g * x * alongX;
    g = get(dy, 24, 0.6258357354491761); gx += g * <f32>4 * x * alongX; gy -= g * <f32>4 * y * alongY;
  }
  store<f32>(out, gx); store<f32>(out, gy, 4); store<f32>(out, gz, 8);
}

/** Unit = 2,048 rows: out [count, levels^2] of directions [count, 3]. */
export function opHarmonics(unit: i32, levels: i32, directions: usize, out: usize, count: i32): void {
  const end = min(count, (unit + 1) * UNIT_ROWS);
  for (let k = unit * UNIT_ROWS; k < end; k++) {
    const d = directions + <usize>k * 12;
    harmonics(out + (<usize>(k * levels * levels) << 2), levels, load<f32>(d), load<f32>(d, 4), load<f32>(d, 8));
  }
}

/** Unit = 2,048 rows: gradient [count, 3] of the directions. */
export function opHarmonicsGradient(unit: i32, levels: i32, directions: usize, dy: usize, out: usize, count: i32): void {
  const end = min(count, (unit + 1) * UNIT_ROWS);
  for (let k = unit * UNIT_ROWS; k < end; k++) {
    const d = directions + <usize>k * 12;
    harmonicsGradient(dy + (<usize>(k * levels * levels) << 2), out + <usize>k * 12, levels, load<f32>(d), load<f32>(d, 4), load<f32>(d, 8));
  }
}
