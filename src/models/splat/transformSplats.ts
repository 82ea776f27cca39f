/** Splats in other coordinates: turned, scaled and moved. */
import { quaternionOf } from '../../data/poses/quaternionOf.ts';
import type { Similarity } from '../../data/similarity.ts';
import { harmonicsOf } from './reference/renderSplats.ts';
import type { SplatValues } from './splatParameters.ts';

/** A copy of the splats that looks the same from cameras moved in the same way: means, sizes, axes, and colours by direction. */
export function transformSplats(
  splats: SplatValues,
  { rotation, scale, translation }: Similarity,
): SplatValues {
  const count = splats.opacities.length;
  const width = count === 0 ? 0 : splats.harmonics.length / count;
  const means = new Float32Array(count * 3);
  const rotations = new Float32Array(count * 4);
  const turn = quaternionOf(rotation);
  for (let index = 0; index < count; index++) {
    for (let row = 0; row < 3; row++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += rotation[row * 3 + k]! * splats.means[index * 3 + k]!;
      means[index * 3 + row] = scale * sum + translation[row]!;
    }
    rotations.set(product(turn, splats.rotations.subarray(index * 4, index * 4 + 4)), index * 4);
  }
  return {
    means,
    scales: splats.scales.map((value) => value + Math.log(scale)),
    rotations,
    opacities: splats.opacities.slice(),
    colors: splats.colors.slice(),
    harmonics: rotateHarmonics(splats.harmonics, width, rotation),
  };
}

/**
 * Coefficients of the rotated function f'(d) = f(Rᵀ d), degree by degree: rotated harmonics of a degree are sums of those of the same
 * degree, and the factors follow from their values in enough directions.
 */
function rotateHarmonics(harmonics: Float32Array, width: number, rotation: readonly number[]): Float32Array {
  const rotated = new Float32Array(harmonics.length);
  for (let degree = 1, first = 0; first < width / 3; first += 2 * degree + 1, degree++) {
    const factors = rotationOfDegree(degree, rotation);
    const terms = 2 * degree + 1;
    for (let row = 0; row < harmonics.length; row += width)
      for (let to = 0; to < terms; to++)
        for (let channel = 0; channel < 3; channel++) {
          let sum = 0;
          for (let from = 0; from < terms; from++)
            sum += factors[to]![from]! * harmonics[row + (first + from) * 3 + channel]!;
          rotated[row + (first + to) * 3 + channel] = sum;
        }
  }
  return rotated;
}

/**
 * The [terms, terms] matrix of a rotation on the harmonics of a degree: the integral over the sphere of Y_i(d) Y_j(Rᵀ d), by a rule that is exact for
 * polynomials of degree 6 (twice the highest): Gauss-Legendre in z, equal steps around.
 */
function rotationOfDegree(degree: number, rotation: readonly number[]): number[][] {
  const terms = 2 * degree + 1;
  const basis = (x: number, y: number, z: number) =>
    harmonicsOf(x, y, z).slice(degree ** 2, (degree + 1) ** 2);
  const sums = Array.from({ length: terms }, () => new Array<number>(terms).fill(0));
  for (const { node, weight } of gaussLegendre4)
    for (let step = 0; step < around; step++) {
      const angle = (2 * Math.PI * step) / around;
      const radius = Math.sqrt(1 - node * node);
      const [x, y, z] = [radius * Math.cos(angle), radius * Math.sin(angle), node];
      const back = [0, 1, 2].map((k) => rotation[k]! * x + rotation[3 + k]! * y + rotation[6 + k]! * z);
      const [here, there] = [basis(x, y, z), basis(back[0]!, back[1]!, back[2]!)];
      for (let i = 0; i < terms; i++)
        for (let j = 0; j < terms; j++)
          sums[i]![j]! += weight * ((2 * Math.PI) / around) * here[i]! * there[j]!;
    }
  return sums;
}

/** Exact for trigonometric polynomials of degree 7. */
const around = 8;
/** Nodes and weights on [-1, 1], exact for polynomials of degree 7. */
const gaussLegendre4 = [1, -1].flatMap((sign) => [
  { node: sign * Math.sqrt(3 / 7 - (2 / 7) * Math.sqrt(6 / 5)), weight: (18 + Math.sqrt(30)) / 36 },
  { node: sign * Math.sqrt(3 / 7 + (2 / 7) * Math.sqrt(6 / 5)), weight: (18 - Math.sqrt(30)) / 36 },
]);

/** Hamilton's product. */
function product(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  const [w, x, y, z] = [a[0]!, a[1]!, a[2]!, a[3]!];
  const [p, q, r, s] = [b[0]!, b[1]!, b[2]!, b[3]!];
  return [
    w * p - x * q - y * r - z * s,
    w * q + x * p + y * s - z * r,
    w * r - x * s + y * p + z * q,
    w * s + x * r - y * q + z * p,
  ];
}
