/** How a matrix product is cut into blocks and work units: sizes for the kernel in src/kernels/assembly/matmul.ts. */

import type { KernelVariant } from '../../kernels/kernelVariants.ts';

/** [rows, depth] times [depth, columns], `batches` times. */
export interface MatMulShape {
  readonly batches: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** Block sizes; all counts are of elements. They depend on the shape alone, never on the threads. */
export interface MatMulBlocks {
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly rowTiles: number;
  readonly columnTiles: number;
  /** Parts of the depth that have a result of their own. */
  readonly slots: number;
  readonly slotDepth: number;
  readonly blockDepth: number;
  readonly blockRows: number;
  readonly items: number;
  readonly itemsPerUnit: number;
  readonly units: number;
}

/** The tile that the kernel's inner loop holds in registers: src/kernels/assembly/matmulTile.ts. */
export interface RegisterTile {
  readonly rows: number;
  readonly columns: number;
}

export const registerTiles: Readonly<Record<KernelVariant, RegisterTile>> = {
  wide: { rows: 6, columns: 16 },
  relaxed: { rows: 3, columns: 12 },
  base: { rows: 3, columns: 12 },
};
/** 12 or 16 KiB of b (one panel) lie in the first-level cache; 64 KiB of a, read in order for each of them, and 512 KiB of b in the second. */
const mostBlockDepth = 256;
const mostBlockRows = 64;
const mostTileColumns = 512;
const mostTileRows = 384;
/** Below it, packing b again for each tile would cost more than a few percent. */
const leastTileRows = 144;
/** As many units keep the threads of a desktop busy to the end. */
const wantedUnits = 32;
const leastSlotDepth = 1024;
/** With fewer, one that is left over at the end costs much: tiles of small products are narrower, if a is still read often enough. */
const fewUnits = 12;
const leastTileColumns = 120;
/** Multiplications that are worth waking a thread for. */
const leastUnitWork = 50_000;
const mostUnits = 65_535;

/** Blocks for a product of this shape; no size may be 0. */
export function matMulBlocks(
  { batches, rows, columns, depth }: MatMulShape,
  register: RegisterTile,
): MatMulBlocks {
  const possibleSlots = Math.max(1, Math.floor(depth / leastSlotDepth));
  let parts = Math.ceil(columns / multipleOf(register.columns, mostTileColumns));
  const fewTiles = () => batches * Math.ceil(rows / leastTileRows) * parts * possibleSlots < fewUnits;
  while (fewTiles() && columns / parts >= 2 * leastTileColumns) parts *= 2;
  const tileColumns = multipleOf(register.columns, columns / parts);
  const columnTiles = Math.ceil(columns / tileColumns);
  const wantedRows = (batches * rows * columnTiles * possibleSlots) / wantedUnits;
  const evenRows = rows / Math.ceil(rows / clamp(wantedRows, leastTileRows, mostTileRows));
  const tileRows = multipleOf(register.rows, evenRows);
  const rowTiles = Math.ceil(rows / tileRows);
  const tiles = batches * rowTiles * columnTiles;
  const slots = Math.max(1, Math.min(Math.floor(wantedUnits / tiles), possibleSlots));
  const slotDepth = Math.ceil(depth / slots);
  const items = tiles * slots;
  const itemWork = tileRows * tileColumns * slotDepth;
  const itemsPerUnit = Math.max(Math.ceil(items / mostUnits), Math.ceil(leastUnitWork / itemWork));
  return {
    tileRows,
    tileColumns,
    rowTiles,
    columnTiles,
    slots,
    slotDepth,
    blockDepth: Math.ceil(slotDepth / Math.ceil(slotDepth / mostBlockDepth)),
    blockRows: multipleOf(register.rows, Math.min(mostBlockRows, rows)),
    items,
    itemsPerUnit,
    units: Math.ceil(items / itemsPerUnit),
  };
}

/** Whether the transposed product fills the registers' tiles better: it does for a few columns. */
export function betterTransposed({ rows, columns }: MatMulShape, register: RegisterTile): boolean {
  const padded = (m: number, n: number) => multipleOf(register.rows, m) * multipleOf(register.columns, n);
  return padded(columns, rows) < 0.8 * padded(rows, columns);
}

/** Bytes that each thread packs blocks in. */
export function matMulScratchBytes(
  { blockRows, blockDepth, tileColumns }: MatMulBlocks,
  register: RegisterTile,
): number {
  const tile = register.rows * register.columns * 4;
  return (
    roundUp(4 * blockRows * blockDepth, 64) + roundUp(4 * blockDepth * tileColumns, 64) + roundUp(tile, 64)
  );
}

function multipleOf(factor: number, value: number): number {
  return Math.ceil(value / factor) * factor;
}

function roundUp(bytes: number, alignment: number): number {
  return multipleOf(alignment, bytes);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
