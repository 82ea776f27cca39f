// Volume rendering of packed samples as a tensor operation: T_k = e^-(sum_{j<k} sigma_j d_j), w_k = T_k (1 - e^(-sigma_k d_k)) (Max 1995).
import { exp4 } from './simd';

/** Rays of a work unit. */
const UNIT_RAYS: i32 = 64;

/** out[k] = e^(-densities[k] lengths[k]) for first <= k < end. */
function transparencies(first: i32, end: i32, densities: usize, lengths: usize, out: usize): void {
  let at = <usize>first << 2;
  const stop = <usize>end << 2, whole = at + ((stop - at) & ~15);
  for (; at < whole; at += 16)
    v128.store(out + at, exp4(f32x4.neg(f32x4.mul(v128.load(densities + at), v128.load(lengths + at)))));
  for (; at < stop; at += 4)
    v128.store32_lane(out + at, exp4(f32x4.neg(f32x4.mul(v128.load32_zero(densities + at), v128.load32_zero(lengths + at)))), 0);
}

/**
 * Unit = 64 rays. A ray's samples from the first one on whose transmittance is below `minTransmittance` count for nothing.
 * @param offsets [rays + 1] int32: samples of ray r are offsets[r] .. offsets[r + 1] - 1
 * @param colors [samples, 3], distances [samples]; color [rays, 3], depth [rays], opacity [rays], weights [samples]: out
 */
export function opComposite(unit: i32, rays: i32, offsets: usize, densities: usize, colors: usize, lengths: usize, distances: usize, minTransmittance: f32, color: usize, depth: usize, opacity: usize, weights: usize): void {
  const begin = unit * UNIT_RAYS, end = min(rays, begin + UNIT_RAYS);
  transparencies(load<i32>(offsets + (<usize>begin << 2)), load<i32>(offsets + (<usize>end << 2)), densities, lengths, weights);
  for (let ray = begin; ray < end; ray++) {
    const last = load<i32>(offsets + (<usize>ray << 2), 4);
    let k = load<i32>(offsets + (<usize>ray << 2));
    let transmittance: f32 = 1, red: f32 = 0, green: f32 = 0, blue: f32 = 0, distance: f32 = 0, sum: f32 = 0;
    for (; k < last && transmittance >= minTransmittance; k++) {
      const at = weights + (<usize>k << 2), c = colors + <usize>k * 12;
      const transparency = load<f32>(at), weight = transmittance * (<f32>1 - transparency);
      store<f32>(at, weight);
      red += weight * load<f32>(c);
      green += weight * load<f32>(c, 4);
      blue += weight * load<f32>(c, 8);
      distance += weight * load<f32>(distances + (<usize>k << 2));
      sum += weight;
      transmittance *= transparency;
    }
    for (; k < last; k++) store<f32>(weights + (<usize>k << 2), 0);
    const to = color + <usize>ray * 12;
    store<f32>(to, red); store<f32>(to, green, 4); store<f32>(to, blue, 8);
    store<f32>(depth + (<usize>ray << 2), distance);
    store<f32>(opacity + (<usize>ray << 2), sum);
  }
}

/**
 * Unit = 64 rays: gradients of densities [samples] and colours [samples, 3] from those of all four outputs.
 * With G_k = dL/dw_k: dL/d(sigma_k) = d_k (T_{k+1} G_k - sum_{j>k} w_j G_j); the sum runs from the ray's end, so that it keeps its precision.
 */
export function opCompositeGradient(unit: i32, rays: i32, offsets: usize, densities: usize, colors: usize, lengths: usize, distances: usize, minTransmittance: f32, weights: usize, dColor: usize, dDepth: usize, dOpacity: usize, dWeights: usize, densityGradient: usize, colorGradient: usize): void {
  const begin = unit * UNIT_RAYS, end = min(rays, begin + UNIT_RAYS);
  transparencies(load<i32>(offsets + (<usize>begin << 2)), load<i32>(offsets + (<usize>end << 2)), densities, lengths, densityGradient);
  for (let ray = begin; ray < end; ray++) {
    const first = load<i32>(offsets + (<usize>ray << 2)), last = load<i32>(offsets + (<usize>ray << 2), 4);
    let transmittance: f32 = 1;
    let stop = first;
    for (; stop < last && transmittance >= minTransmittance; stop++) {
      const at = densityGradient + (<usize>stop << 2);
      transmittance *= load<f32>(at);
      store<f32>(at, transmittance);
    }
    for (let k = stop; k < last; k++) {
      const to = colorGradient + <usize>k * 12;
      store<f32>(densityGradient + (<usize>k << 2), 0);
      store<f32>(to, 0); store<f32>(to, 0, 4); store<f32>(to, 0, 8);
    }
    const d = dColor + <usize>ray * 12;
    const dRed = load<f32>(d), dGreen = load<f32>(d, 4), dBlue = load<f32>(d, 8);
    const perDistance = load<f32>(dDepth + (<usize>ray << 2)), perWeight = load<f32>(dOpacity + (<usize>ray << 2));
    let behind: f32 = 0;
    for (let k = stop - 1; k >= first; k--) {
      const at = <usize>k << 2, c = colors + <usize>k * 12, to = colorGradient + <usize>k * 12;
      const weight = load<f32>(weights + at);
      const gradient = dRed * load<f32>(c) + dGreen * load<f32>(c, 4) + dBlue * load<f32>(c, 8)
        + perDistance * load<f32>(distances + at) + perWeight + load<f32>(dWeights + at);
      store<f32>(to, weight * dRed); store<f32>(to, weight * dGreen, 4); store<f32>(to, weight * dBlue, 8);
      store<f32>(densityGradient + at, load<f32>(lengths + at) * (load<f32>(densityGradient + at) * gradient - behind));
      behind += weight * gradient;
    }
  }
}
