// Inverse transform sampling as a tensor operation: new bin edges where the weights are (the twin of src/samplers/pdfSampler.ts).

const UNIT_RAYS: i32 = 64;

/**
 * Unit = 64 rays: `count` ascending edges a ray at the quantiles (i + 1/2) / count of the padded weights.
 * @param weights [rays, samples], bins [rays, samples + 1]; out [rays, count]
 */
export function opResample(unit: i32, rays: i32, samples: i32, count: i32, padding: f64, weights: usize, bins: usize, out: usize): void {
  const end = min(rays, (unit + 1) * UNIT_RAYS);
  for (let ray = unit * UNIT_RAYS; ray < end; ray++) {
    const w = weights + (<usize>(ray * samples) << 2), edges = bins + (<usize>(ray * (samples + 1)) << 2);
    let total: f64 = 0;
    for (let k = 0; k < samples; k++) total += <f64>load<f32>(w + (<usize>k << 2)) + padding;
    // A ray without any weight samples evenly.
    const extra = max<f64>(0, 1e-5 - total) / <f64>samples;
    total += extra * <f64>samples;
    let bin = 0;
    let below: f64 = 0, above: f64 = min<f64>(1, (<f64>load<f32>(w) + padding + extra) / total);
    for (let i = 0; i < count; i++) {
      const quantile = (<f64>i + 0.5) / <f64>count;
      while (bin < samples - 1 && above <= quantile) {
        bin++;
        below = above;
        above = min<f64>(1, below + (<f64>load<f32>(w + (<usize>bin << 2)) + padding + extra) / total);
      }
      const width = above - below;
      const share = width > 0 ? min<f64>(1, max<f64>(0, (quantile - below) / width)) : 0;
      const left = <f64>load<f32>(edges + (<usize>bin << 2)), right = <f64>load<f32>(edges + (<usize>bin << 2), 4);
      store<f32>(out + (<usize>(ray * count + i) << 2), <f32>(left + share * (right - left)));
    }
  }
}
