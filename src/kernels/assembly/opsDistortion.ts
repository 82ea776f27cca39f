// The distortion of packed weights (mip-NeRF 360, equation 15) in one pass over each ray: with samples in order,
// sum_ij w_i w_j |m_i - m_j| = 2 sum_i w_i (m_i W_{<i} - M_{<i}), W and M the running sums of w and w m (Sun et al. 2022, DVGO v2).

const UNIT_RAYS: i32 = 64;

/** Unit = 64 rays: loss [rays]. @param midpoints ascending along a ray; @param widths of the samples */
export function opDistortion(unit: i32, rays: i32, offsets: usize, weights: usize, midpoints: usize, widths: usize, loss: usize): void {
  const end = min(rays, (unit + 1) * UNIT_RAYS);
  for (let ray = unit * UNIT_RAYS; ray < end; ray++) {
    const last = load<i32>(offsets + (<usize>ray << 2), 4);
    let between: f64 = 0, within: f64 = 0, sum: f64 = 0, moment: f64 = 0;
    for (let k = load<i32>(offsets + (<usize>ray << 2)); k < last; k++) {
      const at = <usize>k << 2;
      const w = <f64>load<f32>(weights + at), m = <f64>load<f32>(midpoints + at);
      between += w * (m * sum - moment);
      within += w * w * <f64>load<f32>(widths + at);
      sum += w;
      moment += w * m;
    }
    store<f32>(loss + (<usize>ray << 2), <f32>(2 * between + within / 3));
  }
}

/** Unit = 64 rays: d loss / d w_i = 2 (m_i (W_{<i} - W_{>i}) - (M_{<i} - M_{>i})) + 2/3 w_i s_i, times the ray's gradient. */
export function opDistortionGradient(unit: i32, rays: i32, offsets: usize, weights: usize, midpoints: usize, widths: usize, dLoss: usize, gradient: usize): void {
  const end = min(rays, (unit + 1) * UNIT_RAYS);
  for (let ray = unit * UNIT_RAYS; ray < end; ray++) {
    const first = load<i32>(offsets + (<usize>ray << 2)), last = load<i32>(offsets + (<usize>ray << 2), 4);
    const upstream = <f64>load<f32>(dLoss + (<usize>ray << 2));
    let total: f64 = 0, totalMoment: f64 = 0;
    for (let k = first; k < last; k++) {
      const w = <f64>load<f32>(weights + (<usize>k << 2));
      total += w;
      totalMoment += w * <f64>load<f32>(midpoints + (<usize>k << 2));
    }
    let sum: f64 = 0, moment: f64 = 0;
    for (let k = first; k < last; k++) {
      const at = <usize>k << 2;
      const w = <f64>load<f32>(weights + at), m = <f64>load<f32>(midpoints + at);
      // Behind: total - sum - w, whose own terms m w and w m cancel.
      const slope = 2 * (m * (2 * sum + w - total) - (2 * moment + w * m - totalMoment)) + (w + w) / 3 * <f64>load<f32>(widths + at);
      store<f32>(gradient + at, <f32>(upstream * slope));
      sum += w;
      moment += w * m;
    }
  }
}
