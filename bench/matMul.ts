/**
 * Matrix products of the backend `simd` against the most that the processor's vector units could do, measured in turns with them;
 * against tfjs's wasm backend, its cpu backend (scalar JavaScript; a smaller size), and with `--peers` OpenBLAS on as many threads
 * (`pip install numpy`). The shapes are squares and those of a NeRF's layers and their gradients at 65,536 samples.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import '@tensorflow/tfjs-backend-wasm';
import { createEngine } from '../src/tensors/createEngine.ts';
import { selectCpuBackend } from '../src/tensors/selectCpuBackend.ts';
import * as tf from '../src/tensors/tf.ts';
import { isMain, type Measurement, report, wantsPeers } from './report.ts';
import { fastestOf } from './support/fastestOf.ts';
import { simdPeak } from './support/simdPeak.ts';

/** How a factor is stored: as it is, the first transposed, the second transposed. */
type Form = 'ab' | 'tab' | 'abt';

interface Product {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly form: Form;
  /** Share of the peak that is aimed at. */
  readonly goal?: number;
}

const samples = 65_536;
const products: readonly Product[] = [
  { rows: 1024, depth: 1024, columns: 1024, form: 'ab', goal: 0.75 },
  { rows: 2048, depth: 2048, columns: 2048, form: 'ab' },
  { rows: samples, depth: 63, columns: 256, form: 'ab' },
  { rows: samples, depth: 256, columns: 256, form: 'ab' },
  { rows: samples, depth: 256, columns: 256, form: 'abt' },
  { rows: 256, depth: samples, columns: 256, form: 'tab' },
  { rows: samples, depth: 256, columns: 4, form: 'ab' },
];
const rounds = 7;

const operations = ({ rows, depth, columns }: Product) => 2 * rows * depth * columns;
const rate = (product: Product, milliseconds: number) => operations(product) / milliseconds / 1e6;
const nameOf = ({ rows, depth, columns, form }: Product) =>
  `[${form === 'tab' ? `${depth}, ${rows}]^T` : `${rows}, ${depth}]`} [${form === 'abt' ? `${columns}, ${depth}]^T` : `${depth}, ${columns}]`}`;
const argumentOf = ({ rows, depth, columns, form }: Product) => `${rows}x${depth}x${columns}:${form}`;

/** The factors on the active backend, and what multiplies them there; the product is computed in full and dropped. */
function multiplication({ rows, depth, columns, form }: Product): { run: () => void; dispose: () => void } {
  const a = tf.randomUniform(form === 'tab' ? [depth, rows] : [rows, depth]) as tf.Tensor2D;
  const b = tf.randomUniform(form === 'abt' ? [columns, depth] : [depth, columns]) as tf.Tensor2D;
  return {
    run: () => tf.matMul(a, b, form === 'tab', form === 'abt').dispose(),
    dispose: () => tf.dispose([a, b]),
  };
}

/** @returns GFLOP/s of each product on `simd`, and of the vector units meanwhile */
async function onSimd(
  threads: number,
  wanted: readonly Product[],
): Promise<{ ours: number; peak: number }[]> {
  const engine = await createEngine({ engine: 'simd', threads });
  const rates: { ours: number; peak: number }[] = [];
  for (const product of wanted) {
    const { run, dispose } = multiplication(product);
    const times = await fastestOf(
      { ours: run, peak: simdPeak(engine.kernels!, operations(product)) },
      rounds,
    );
    rates.push({ ours: rate(product, times.ours), peak: rate(product, times.peak) });
    dispose();
  }
  engine.dispose();
  return rates;
}

/** @returns GFLOP/s on one of the library's own backends */
async function onBackend(name: 'cpu' | 'wasm', product: Product, times: number): Promise<number> {
  if (name === 'cpu') await selectCpuBackend();
  else await tf.setBackend(name);
  const { run, dispose } = multiplication(product);
  const { work } = await fastestOf({ work: run }, times);
  dispose();
  return rate(product, work);
}

/** @returns GFLOP/s by {@link argumentOf}; nothing without Python and numpy */
function onOpenBlas(threads: number): Record<string, number> {
  const script = path.join(import.meta.dirname, 'peers', 'openblas_sgemm.py');
  const { status, stdout } = spawnSync('python3', [script, String(threads), ...products.map(argumentOf)]);
  if (status !== 0) return {};
  const seconds = JSON.parse(stdout.toString()) as Record<string, number>;
  return Object.fromEntries(
    products.map((product) => [argumentOf(product), rate(product, 1000 * seconds[argumentOf(product)]!)]),
  );
}

/** @returns the table: each product against the peak and each reference that there is */
export async function benchMatMul(threads: number, peers: boolean): Promise<Measurement[]> {
  const line = (product: Product, ours: number, name: string, value: number, goal?: number): Measurement => ({
    what: `${nameOf(product)}, ${threads} threads`,
    unit: 'GFLOP/s',
    moreIsBetter: true,
    ours,
    reference: { name, value },
    ...(goal === undefined ? {} : { goal }),
  });
  const rates = await onSimd(threads, products);
  const [alone] = await onSimd(1, products.slice(0, 1));
  const openBlas = peers ? onOpenBlas(threads) : {};
  const lines = [line(products[0]!, rates[0]!.ours, 'ours, 1 thread', alone!.ours, 0.9 * threads)];
  for (const [index, product] of products.entries()) {
    const { ours, peak } = rates[index]!;
    lines.push(line(product, ours, 'SIMD peak', peak, product.goal));
    lines.push(line(product, ours, 'tfjs wasm', await onBackend('wasm', product, 1)));
    const blas = openBlas[argumentOf(product)];
    if (blas !== undefined) lines.push(line(product, ours, 'OpenBLAS', blas));
  }
  const small: Product = { rows: 256, depth: 256, columns: 256, form: 'ab' };
  const [ours] = await onSimd(threads, [small]);
  lines.push(line(small, ours!.ours, 'tfjs cpu', await onBackend('cpu', small, 3)));
  return lines;
}

if (isMain(import.meta.url))
  await report('matMul', await benchMatMul(2, wantsPeers()), [
    'SIMD peak: multiply-adds in registers, as many and on the same threads, in turns with the products. Fastest of the rounds.',
  ]);
