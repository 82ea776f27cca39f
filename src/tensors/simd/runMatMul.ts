/** Matrix products on the kernels: writes the plan that the kernel reads, runs it, and adds up what was computed in parts. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { matMulPlanLayout } from '../../kernels/layouts.ts';
import { structAt } from '../../kernels/structs.ts';
import {
  betterTransposed,
  type MatMulShape,
  matMulBlocks,
  matMulScratchBytes,
  registerTiles,
} from './matMulPlan.ts';

/** A matrix of float32 in the kernels' memory, for each batch. */
export interface MatrixLayout {
  /** Address of each batch's matrix. */
  readonly addresses: readonly number[];
  /** Bytes from one row to the next, and from one column to the next; one of them is 4. */
  readonly rowStep: number;
  readonly columnStep: number;
}

/** Activations that the kernel applies itself, as it numbers them. */
export const kernelActivations = { linear: 0, relu: 1, relu6: 2, leakyrelu: 3 } as const;

/** What happens to a product's elements before they are stored for good. */
export interface MatMulFinish {
  /** Address of a number for each column, which is added; 0 for none. */
  readonly bias: number;
  readonly activation: keyof typeof kernelActivations;
  /** Slope of leakyrelu below 0. */
  readonly alpha: number;
}

const plainProduct: MatMulFinish = { bias: 0, activation: 'linear', alpha: 0 };
/** The plan, and after it whole cache lines. */
const planBytes = Math.ceil(matMulPlanLayout.bytes / 64) * 64;
/** Elements that one unit of the last pass handles. */
const finishElements = 32_768;

/**
 * c[batch] = activation(a[batch] b[batch] + bias), in float32. The same bits on any number of threads: sums over a long depth are cut into a
 * number of parts that follows from the shape, and added in order.
 * @param c address of [batches, rows, columns] float32, row-major; all of it is written
 */
export function runMatMul(
  kernels: KernelPool,
  shape: MatMulShape,
  a: MatrixLayout,
  b: MatrixLayout,
  c: number,
  finish: MatMulFinish = plainProduct,
): void {
  const { batches, rows, columns, depth } = shape;
  const register = registerTiles[kernels.variant];
  const swap = betterTransposed(shape, register);
  const work = swap ? { batches, rows: columns, columns: rows, depth } : shape;
  const [left, right] = swap ? [transposed(b), transposed(a)] : [a, b];
  const blocks = matMulBlocks(work, register);
  const [rowStep, columnStep] = swap ? [4, 4 * columns] : [4 * columns, 4];
  const slotBytes = 4 * batches * rows * columns;
  const plain = finish.bias === 0 && finish.activation === 'linear';
  const finishInTiles = !plain && !swap && blocks.slots === 1;

  const scratchBytes = matMulScratchBytes(blocks, register);
  const planAt = kernels.reserve(planBytes + 8 * batches + 64 + kernels.threads * scratchBytes);
  const partials = blocks.slots > 1 ? kernels.reserve(blocks.slots * slotBytes) : c;
  try {
    const tables = planAt + planBytes;
    kernels.int32(tables, 2 * batches).set([...left.addresses, ...right.addresses]);
    structAt(kernels, matMulPlanLayout, planAt).set({
      a: tables,
      b: tables + 4 * batches,
      c: partials,
      rows: work.rows,
      columns: work.columns,
      depth,
      aRow: left.rowStep,
      aDepth: left.columnStep,
      bDepth: right.rowStep,
      bColumn: right.columnStep,
      cRow: rowStep,
      cColumn: columnStep,
      cBatch: 4 * rows * columns,
      cSlot: slotBytes,
      items: blocks.items,
      itemsPerUnit: blocks.itemsPerUnit,
      tileRows: blocks.tileRows,
      tileColumns: blocks.tileColumns,
      rowTiles: blocks.rowTiles,
      columnTiles: blocks.columnTiles,
      slots: blocks.slots,
      slotDepth: blocks.slotDepth,
      blockDepth: blocks.blockDepth,
      blockRows: blocks.blockRows,
      scratch: roundUp(tables + 8 * batches),
      scratchBytes,
      finish: finishInTiles ? 1 : 0,
      bias: finish.bias,
      activation: kernelActivations[finish.activation],
      alpha: finish.alpha,
    });
    kernels.run('matMulTiles', blocks.units, planAt);
    if (blocks.slots === 1 && (plain || finishInTiles)) return;
    const rowsPerUnit = Math.max(1, Math.floor(finishElements / columns));
    kernels.run(
      'matMulFinish',
      Math.ceil((batches * rows) / rowsPerUnit),
      ...[rowsPerUnit, batches * rows, columns, c, partials, blocks.slots, slotBytes],
      ...[finish.bias, kernelActivations[finish.activation], finish.alpha],
    );
  } finally {
    kernels.release(planAt);
    if (partials !== c) kernels.release(partials);
  }
}

function transposed({ addresses, rowStep, columnStep }: MatrixLayout): MatrixLayout {
  return { addresses, rowStep: columnStep, columnStep: rowStep };
}

function roundUp(address: number): number {
  return Math.ceil(address / 64) * 64;
}
