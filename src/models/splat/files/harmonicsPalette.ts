/** Rows of harmonics that splats share: the median cut of Heckbert (1982), in as many dimensions as a row has. */

/** So many rows have numbers of 16 bits. */
const mostRows = 65_536;

/**
 * @param harmonics [splats, width]
 * @param most rows of the palette
 * @returns the palette [rows, width] and for each splat its row: its own where there is one for each, else the mean of a group of
 * like ones, which are cut in halves where they differ most
 */
export function harmonicsPalette(
  harmonics: Float32Array,
  width: number,
  most = mostRows,
): { readonly rows: Float32Array; readonly labels: Uint32Array } {
  const count = harmonics.length / width;
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  if (count <= most) return { rows: harmonics, labels: order };
  const labels = new Uint32Array(count);
  const rows: Float32Array[] = [];
  const cut = (group: Uint32Array, leaves: number): void => {
    const { means, widest } = spreadOf(harmonics, width, group);
    if (leaves === 1) {
      for (const index of group) labels[index] = rows.length;
      rows.push(means);
      return;
    }
    group.sort((a, b) => harmonics[a * width + widest]! - harmonics[b * width + widest]! || a - b);
    const half = Math.floor(leaves / 2);
    const middle = Math.floor((group.length * half) / leaves);
    cut(group.subarray(0, middle), half);
    cut(group.subarray(middle), leaves - half);
  };
  cut(order, most);
  const palette = new Float32Array(rows.length * width);
  for (const [row, values] of rows.entries()) palette.set(values, row * width);
  return { rows: palette, labels };
}

/** The mean of a group's rows, and the place in them where they differ most. */
function spreadOf(harmonics: Float32Array, width: number, group: Uint32Array) {
  const means = new Float32Array(width);
  let widest = 0;
  let greatest = -1;
  for (let k = 0; k < width; k++) {
    let [sum, squares] = [0, 0];
    for (const index of group) {
      const value = harmonics[index * width + k]!;
      sum += value;
      squares += value * value;
    }
    const mean = sum / group.length;
    means[k] = mean;
    const variance = squares / group.length - mean * mean;
    if (variance > greatest) [widest, greatest] = [k, variance];
  }
  return { means, widest };
}
