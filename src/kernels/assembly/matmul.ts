// Matrix products c = activation(a b + bias) in blocks: panels of a (ROWS rows) and b (COLUMNS columns) are packed so that the inner loop
// (matmulTile.ts) reads both in order. Block sizes and the number of work units come from the host and depend on the shapes alone.
import { COLUMNS, COLUMN_BYTES, ROWS, ROW_BYTES, TILE_BYTES, multiplyTile } from './matmulTile';
import { threadIndex } from './thread';
import { load4, store4 } from './vectors';

/** Written by src/tensors/simd/runMatMul.ts. Steps and strides are in bytes. */
@unmanaged
export class MatMulPlan {
  /** Addresses of the matrices of each batch. */
  a: usize;
  b: usize;
  /** Where batch 0 of slot 0 goes. */
  c: usize;
  rows: i32;
  columns: i32;
  depth: i32;
  aRow: usize;
  aDepth: usize;
  bDepth: usize;
  bColumn: usize;
  cRow: usize;
  cColumn: usize;
  cBatch: usize;
  cSlot: usize;
  /** Items (tiles of all batches) in all, and of one unit. */
  items: i32;
  itemsPerUnit: i32;
  /** A tile's rows and columns (multiples of ROWS and COLUMNS), and how many there are of them. */
  tileRows: i32;
  tileColumns: i32;
  rowTiles: i32;
  columnTiles: i32;
  /** The depth is cut into `slots` parts of `slotDepth`, each with a result of its own. */
  slots: i32;
  slotDepth: i32;
  /** Most depth and most rows of a that are packed at a time. */
  blockDepth: i32;
  blockRows: i32;
  scratch: usize;
  scratchBytes: usize;
  /** Whether the items finish their tiles themselves, and with what (see finishRow). */
  finish: i32;
  bias: usize;
  activation: i32;
  alpha: f32;
}

/** Activations, as src/tensors/simd/matMulPlan.ts numbers them. */
const RELU: i32 = 1;
const RELU6: i32 = 2;
const LEAKY_RELU: i32 = 3;

/** Items [unit * itemsPerUnit, ...) of a product. An item is one tile of c over one slot of the depth. */
export function matMulTiles(unit: i32, at: usize): void {
  const plan = changetype<MatMulPlan>(at);
  const first = unit * plan.itemsPerUnit;
  const last = min(first + plan.itemsPerUnit, plan.items);
  for (let item = first; item < last; item++) {
    let rest = item;
    const slot = rest % plan.slots;
    rest /= plan.slots;
    const columnTile = rest % plan.columnTiles;
    rest /= plan.columnTiles;
    multiplyItem(plan, rest / plan.rowTiles, rest % plan.rowTiles, columnTile, slot);
  }
}

function multiplyItem(plan: MatMulPlan, batch: i32, rowTile: i32, columnTile: i32, slot: i32): void {
  const row = rowTile * plan.tileRows, column = columnTile * plan.tileColumns;
  const rows = min(plan.tileRows, plan.rows - row), columns = min(plan.tileColumns, plan.columns - column);
  const a = load<usize>(plan.a + (<usize>batch << 2)) + <usize>row * plan.aRow;
  const b = load<usize>(plan.b + (<usize>batch << 2)) + <usize>column * plan.bColumn;
  const c = plan.c + <usize>batch * plan.cBatch + <usize>slot * plan.cSlot + <usize>row * plan.cRow + <usize>column * plan.cColumn;
  const packedA = plan.scratch + <usize>threadIndex() * plan.scratchBytes;
  const packedB = packedA + ((<usize>(plan.blockRows * plan.blockDepth) << 2) + 63 & ~63);
  const start = slot * plan.slotDepth;
  const end = min(start + plan.slotDepth, plan.depth);
  for (let k = start; k < end; k += plan.blockDepth) {
    const depth = min(plan.blockDepth, end - k);
    packColumns(b + <usize>k * plan.bDepth, plan.bDepth, plan.bColumn, packedB, columns, depth);
    for (let i = 0; i < rows; i += plan.blockRows) {
      const count = min(plan.blockRows, rows - i);
      packRows(a + <usize>i * plan.aRow + <usize>k * plan.aDepth, plan.aRow, plan.aDepth, packedA, count, depth);
      multiplyBlock(plan, packedA, packedB, c + <usize>i * plan.cRow, count, columns, depth, k > start);
    }
  }
  if (plan.finish == 0) return;
  const bias: usize = plan.bias == 0 ? 0 : plan.bias + (<usize>column << 2);
  for (let i = 0; i < rows; i++) finishRow(c + <usize>i * plan.cRow, columns, bias, plan.activation, plan.alpha);
}

/** row = activation(row + bias); bias 0: none. */
function finishRow(row: usize, columns: i32, bias: usize, activation: i32, alpha: f32): void {
  const zero = f32x4.splat(0), six = f32x4.splat(6), alphas = f32x4.splat(alpha);
  for (let j = 0; j < columns; j += 4) {
    const left = columns - j, at = row + (<usize>j << 2);
    let value = load4(at, left);
    if (bias != 0) value = f32x4.add(value, load4(bias + (<usize>j << 2), left));
    if (activation == RELU) value = f32x4.max(value, zero);
    else if (activation == RELU6) value = f32x4.min(f32x4.max(value, zero), six);
    else if (activation == LEAKY_RELU) value = v128.bitselect(f32x4.mul(value, alphas), value, f32x4.lt(value, zero));
    store4(at, value, left);
  }
}

/** Rows [unit * rowsPerUnit, ...): the slots' results added in order, then bias and activation. One slot: in place. */
export function matMulFinish(
  unit: i32, rowsPerUnit: i32, rows: i32, columns: i32, c: usize, partials: usize, slots: i32, slotBytes: usize,
  bias: usize, activation: i32, alpha: f32,
): void {
  const end = min((unit + 1) * rowsPerUnit, rows);
  const rowBytes = <usize>columns << 2;
  for (let i = unit * rowsPerUnit; i < end; i++) {
    const row = c + <usize>i * rowBytes;
    if (slots > 1) {
      const from = partials + <usize>i * rowBytes;
      for (let j = 0; j < columns; j += 4) {
        let at = from + (<usize>j << 2);
        let sum = load4(at, columns - j);
        for (let slot = 1; slot < slots; slot++) {
          at += slotBytes;
          sum = f32x4.add(sum, load4(at, columns - j));
        }
        store4(row + (<usize>j << 2), sum, columns - j);
      }
    }
    finishRow(row, columns, bias, activation, alpha);
  }
}

/** packed[i / ROWS][k][ROWS] from the rows of a; rows beyond `rows` repeat the last one, and their results are dropped. */
function packRows(a: usize, rowStep: usize, depthStep: usize, packed: usize, rows: i32, depth: i32): void {
  const panel = <usize>depth * ROW_BYTES;
  const whole = rows - rows % ROWS;
  if (rowStep == 4) packRowsTransposed(a, depthStep, packed, whole, depth);
  else
    for (let i = 0; i < whole; i += ROWS)
      packPanel(a + <usize>i * rowStep, rowStep, ROWS - 1, depthStep, packed + <usize>(i / ROWS) * panel, depth);
  if (whole < rows)
    packPanel(a + <usize>whole * rowStep, rowStep, rows - 1 - whole, depthStep, packed + <usize>(whole / ROWS) * panel, depth);
}

/** Neighbouring rows lie next to each other: each step of the depth is read in order. */
function packRowsTransposed(a: usize, depthStep: usize, packed: usize, rows: i32, depth: i32): void {
  const panel = <usize>depth * ROW_BYTES;
  const bytes = <usize>rows << 2;
  for (let k = 0; k < depth; k++) {
    let to = packed;
    const end = a + bytes;
    for (let from = a; from < end; from += ROW_BYTES) {
      if (WIDE) {
        v128.store(to, v128.load(from));
        v128.store64_lane(to, v128.load64_zero(from, 16), 0, 16);
      } else {
        v128.store64_lane(to, v128.load64_zero(from), 0);
        store<f32>(to, load<f32>(from, 8), 8);
      }
      to += panel;
    }
    a += depthStep;
    packed += ROW_BYTES;
  }
}

/** packed[k][ROWS] from the rows at `row`, `rowStep` apart, up to number `last`; four steps of the depth at a time where they lie in order. */
function packPanel(row: usize, rowStep: usize, last: i32, depthStep: usize, packed: usize, depth: i32): void {
  const second = <usize>min(1, last) * rowStep, third = <usize>min(2, last) * rowStep;
  const fourth = <usize>min(3, last) * rowStep, fifth = <usize>min(4, last) * rowStep, sixth = <usize>last * rowStep;
  let k = 0;
  if (depthStep == 4)
    for (; k + 4 <= depth; k += 4) {
      const x = v128.load(row), y = v128.load(row + second), z = v128.load(row + third);
      const low = v128.shuffle<f32>(x, y, 0, 4, 1, 5), high = v128.shuffle<f32>(x, y, 2, 6, 3, 7);
      if (WIDE) {
        const w = v128.load(row + fourth);
        const low2 = v128.shuffle<f32>(z, w, 0, 4, 1, 5), high2 = v128.shuffle<f32>(z, w, 2, 6, 3, 7);
        const u = v128.load(row + fifth), v = v128.load(row + sixth);
        const low3 = v128.shuffle<f32>(u, v, 0, 4, 1, 5), high3 = v128.shuffle<f32>(u, v, 2, 6, 3, 7);
        v128.store(packed, v128.shuffle<i64>(low, low2, 0, 2));
        v128.store(packed, v128.shuffle<i64>(low3, low, 0, 3), 16);
        v128.store(packed, v128.shuffle<i64>(low2, low3, 1, 3), 32);
        v128.store(packed, v128.shuffle<i64>(high, high2, 0, 2), 48);
        v128.store(packed, v128.shuffle<i64>(high3, high, 0, 3), 64);
        v128.store(packed, v128.shuffle<i64>(high2, high3, 1, 3), 80);
      } else {
        v128.store(packed, v128.shuffle<f32>(low, z, 0, 1, 4, 2));
        v128.store(packed, v128.shuffle<f32>(v128.shuffle<f32>(low, z, 3, 5, 3, 5), high, 0, 1, 4, 5), 16);
        v128.store(packed, v128.shuffle<f32>(high, z, 6, 2, 3, 7), 32);
      }
      row += 16; packed += 4 * ROW_BYTES;
    }
  for (; k < depth; k++) {
    store<f32>(packed, load<f32>(row));
    store<f32>(packed, load<f32>(row + second), 4);
    store<f32>(packed, load<f32>(row + third), 8);
    if (WIDE) {
      store<f32>(packed, load<f32>(row + fourth), 12);
      store<f32>(packed, load<f32>(row + fifth), 16);
      store<f32>(packed, load<f32>(row + sixth), 20);
    }
    row += depthStep; packed += ROW_BYTES;
  }
}

/** packed[j / COLUMNS][k][COLUMNS] from the columns of b; columns beyond `columns` are 0. */
function packColumns(b: usize, depthStep: usize, columnStep: usize, packed: usize, columns: i32, depth: i32): void {
  const panel = <usize>depth * COLUMN_BYTES;
  const whole = columnStep == 4 ? columns - columns % COLUMNS : 0;
  copyPanels(b, depthStep, packed, whole, depth);
  packed += <usize>(whole / COLUMNS) * panel;
  for (let j = whole; j < columns; j += COLUMNS) {
    gatherPanel(b + <usize>j * columnStep, depthStep, columnStep, packed, min(COLUMNS, columns - j), panel);
    packed += panel;
  }
}

/** Eight steps of the depth at a time, panel after panel, so that rows of b are read in order. */
function copyPanels(b: usize, depthStep: usize, packed: usize, columns: i32, depth: i32): void {
  const panel = <usize>depth * COLUMN_BYTES;
  for (let k = 0; k < depth; k += 8) {
    const bytes = <usize>min(8, depth - k) * COLUMN_BYTES;
    let start = packed + <usize>k * COLUMN_BYTES;
    for (let j = 0; j < columns; j += COLUMNS) {
      let from = b + (<usize>j << 2);
      const end = start + bytes;
      for (let to = start; to < end; to += COLUMN_BYTES) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        v128.store(to, v128.load(from, 32), 32);
        if (WIDE) v128.store(to, v128.load(from, 48), 48);
        from += depthStep;
      }
      start += panel;
    }
    b += depthStep << 3;
  }
}

function gatherPanel(from: usize, depthStep: usize, columnStep: usize, packed: usize, count: i32, panel: usize): void {
  for (let j = 0; j < COLUMNS; j++) {
    let source = from + <usize>j * columnStep;
    const start = packed + (<usize>j << 2);
    const end = start + panel;
    if (j < count)
      for (let to = start; to < end; to += COLUMN_BYTES) {
        store<f32>(to, load<f32>(source));
        source += depthStep;
      }
    else for (let to = start; to < end; to += COLUMN_BYTES) store<f32>(to, 0);
  }
}

/** c (+)= packed rows times packed columns; tiles that are not whole, or lie transposed, go through a tile of their own. */
function multiplyBlock(plan: MatMulPlan, packedA: usize, packedB: usize, c: usize, rows: i32, columns: i32, depth: i32, add: bool): void {
  const panelA = <usize>depth * ROW_BYTES, panelB = <usize>depth * COLUMN_BYTES;
  const tile = plan.scratch + <usize>threadIndex() * plan.scratchBytes + plan.scratchBytes - TILE_BYTES;
  const direct = plan.cColumn == 4;
  for (let j = 0; j < columns; j += COLUMNS) {
    let panel = packedA;
    for (let i = 0; i < rows; i += ROWS) {
      const out = c + <usize>i * plan.cRow + <usize>j * plan.cColumn;
      const whole = direct && i + ROWS <= rows && j + COLUMNS <= columns;
      // One call, so that the loop becomes part of this one: apart from it, it runs 10% slower.
      multiplyTile(panel, packedB, depth, whole ? out : tile, whole ? plan.cRow : COLUMN_BYTES, whole && add);
      if (!whole) copyTile(tile, out, min(ROWS, rows - i), min(COLUMNS, columns - j), plan.cRow, plan.cColumn, add);
      panel += panelA;
    }
    packedB += panelB;
  }
}

function copyTile(tile: usize, out: usize, rows: i32, columns: i32, rowStep: usize, columnStep: usize, add: bool): void {
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const value = load<f32>(tile + <usize>i * COLUMN_BYTES + (<usize>j << 2));
      const to = out + <usize>i * rowStep + <usize>j * columnStep;
      store<f32>(to, add ? load<f32>(to) + value : value);
    }
}
