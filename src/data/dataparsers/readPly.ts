/** Points of a PLY file: positions and, if it has them, colours. */
import { DataError } from '../../errors.ts';
import { plyVertices } from '../plyVertices.ts';
import { readDataBytes } from '../readDataFile.ts';
import type { WorldPoints } from './captureScene.ts';

/** What programs call the colours. */
const colorNames = [
  ['red', 'green', 'blue'],
  ['diffuse_red', 'diffuse_green', 'diffuse_blue'],
  ['r', 'g', 'b'],
];
const grey = 128;

/** @throws DataError, one line, for what is no PLY file of points or is cut off */
export async function readPly(file: string): Promise<WorldPoints> {
  return decodePly(await readDataBytes(file), file);
}

/**
 * Vertices of a PLY file; points without colours are grey. Colours are whole numbers up to 255, or fractions where they are floating-point numbers.
 * @param file for errors
 * @throws DataError as {@link readPly}
 */
export function decodePly(bytes: Uint8Array, file: string): WorldPoints {
  const { count, column } = plyVertices(bytes, file);
  const columnsOf = (names: readonly string[]) => {
    const found = names.map(column).filter((each) => each !== undefined);
    return found.length === names.length ? found : undefined;
  };
  const axes = columnsOf(['x', 'y', 'z']);
  if (!axes) throw new DataError(`${file}: its vertices have no x, y, z. Export points.`, file);
  const channels = colorNames.map(columnsOf).find((each) => each !== undefined);
  const positions = new Float64Array(count * 3);
  const colors = new Uint8Array(count * 3).fill(grey);
  const unit = channels?.every(({ isFloat }) => isFloat) ? 255 : 1;
  for (let point = 0; point < count; point++)
    for (let axis = 0; axis < 3; axis++) {
      positions[point * 3 + axis] = axes[axis]!.at(point);
      if (channels)
        colors[point * 3 + axis] = Math.max(0, Math.min(255, Math.round(channels[axis]!.at(point) * unit)));
    }
  return { positions, colors };
}
