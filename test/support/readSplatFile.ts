/** Files of splats read by @playcanvas/splat-transform, which shares no line with what writes them. */
import {
  createChunkDataPool,
  getInputFormat,
  MemoryReadFileSystem,
  materializeToDataTable,
  readFile,
} from '@playcanvas/splat-transform';
import type { SplatNumbers } from './splatScenes.ts';

/** @param name whose ending says the format @returns the parameters, in the order of {@link SplatNumbers} */
export async function readSplatFile(bytes: Uint8Array, name: string): Promise<SplatNumbers> {
  const fileSystem = new MemoryReadFileSystem();
  fileSystem.set(name, bytes);
  const [source] = await readFile({ filename: name, inputFormat: getInputFormat(name), fileSystem });
  const table = await materializeToDataTable(source!, createChunkDataPool());
  await source!.close();
  const column = (column: string) => table.getColumnByName(column)!.data;
  const rows = (...names: string[]) => {
    const columns = names.map(column);
    return Float32Array.from(
      { length: table.numRows * columns.length },
      (_, k) => columns[k % columns.length]![Math.floor(k / columns.length)]!,
    );
  };
  const width = table.columnNames.filter((name: string) => name.startsWith('f_rest_')).length;
  // Channel by channel there, term by term here.
  const harmonics = Array.from(
    { length: width },
    (_, k) => `f_rest_${(k % 3) * (width / 3) + Math.floor(k / 3)}`,
  );
  return {
    means: rows('x', 'y', 'z'),
    scales: rows('scale_0', 'scale_1', 'scale_2'),
    rotations: rows('rot_0', 'rot_1', 'rot_2', 'rot_3'),
    opacities: rows('opacity'),
    colors: rows('f_dc_0', 'f_dc_1', 'f_dc_2'),
    harmonics: width === 0 ? new Float32Array(0) : rows(...harmonics),
  };
}
