/**
 * Matrix products of the backend `simd` against the most that the processor's vector units could do, measured in turns with them;
 * against one thread, tfjs's wasm backend, its cpu backend (scalar JavaScript; a smaller size), and with `--peers` OpenBLAS on as many
 * threads (`pip install numpy`; PYTHON names the interpreter). The shapes are squares and those of a NeRF's layers and their gradients
 * at 65,536 samples.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import '@tensorflow/tfjs-backend-wasm';
import { createKernelPool } from '../src/kernels/createKernelPool.ts';
import { createEngine } from '../src/tensors/createEngine.ts';
import { needed } from '../src/tensors/engine.ts';
import { kernelsInPlace } from '../src/tensors/kernelEngine.ts';
import { selectCpuBackend } from '../src/tensors/selectCpuBackend.ts';
import * as tf from '../src/tensors/tf.ts';
import { isMain, type Measurement, report, wantsPeers } from './report.ts';
import { fastestOf } from './support/fastestOf.ts';
import { simdPeak } from './support/simdPeak.ts';
import { squareProduct } from './support/squareProduct.ts';

/** How a factor is stored: as it is, the first transposed, the second transposed. */
type Form = 'ab' | 'tab' | 'abt';

interface Product {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly form: Form;
}

const samples = 65_536;
const products: readonly Product[] = [
  { rows: 1024, depth: 1024, columns: 1024, form: 'ab' },
  { rows: 2048, depth: 2048, columns: 2048, form: 'ab' },
  { rows: samples, depth: 63, columns: 256, form: 'ab' },
  { rows: samples, depth: 256, columns: 256, form: 'ab' },
  { rows: samples, depth: 256, columns: 256, form: 'abt' },
  { rows: 256, depth: samples, columns: 256, form: 'tab' },
  { rows: samples, depth: 256, columns: 4, form: 'ab' },
];
/** Share of the peak that is aimed at. */
const peakGoal = 0.75;
const rounds = 7;
/** Rounds of the product that is compared with the peak and with itself on one thread: enough that each meets a quiet moment. */
const scalingRounds = 40;

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
      { ours: run, peak: simdPeak(needed(engine, kernelsInPlace, 'this benchmark'), operations(product)) },
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
  const { status, stdout } = spawnSync(process.env['PYTHON'] ?? 'python3', [
    script,
    String(threads),
    ...products.map(argumentOf),
  ]);
  if (status !== 0) return {};
  const seconds = JSON.parse(stdout.toString()) as Record<string, number>;
  return Object.fromEntries(
    products.map((product) => [argumentOf(product), rate(product, 1000 * seconds[argumentOf(product)]!)]),
  );
}

/** @returns a square product and the vector units, each on one thread and on all of them, in turns */
async function scaling(size: number, threads: number): Promise<Measurement[]> {
  const one = await createKernelPool({ threads: 1 });
  const all = await createKernelPool({ threads });
  const flops = 2 * size ** 3;
  const works = {
    one: squareProduct(one, size),
    onePeak: simdPeak(one, flops),
    all: squareProduct(all, size),
    allPeak: simdPeak(all, flops),
  };
  const times = await fastestOf(works, scalingRounds);
  one.dispose();
  all.dispose();
  const rates = Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, flops / ms / 1e6]));
  const what = `[${size}, ${size}] [${size}, ${size}]`;
  const line = (ours: number, name: string, value: number, goal: number, on: number): Measurement => ({
    what: `${what}, ${on} ${on === 1 ? 'thread' : 'threads'}`,
    unit: 'GFLOP/s',
    moreIsBetter: true,
    ours,
    reference: { name, value },
    goal,
  });
  return [
    line(rates['one']!, 'SIMD peak', rates['onePeak']!, peakGoal, 1),
    line(rates['all']!, 'SIMD peak', rates['allPeak']!, peakGoal, threads),
    line(rates['all']!, 'ours, 1 thread', rates['one']!, 0.9 * threads, threads),
  ];
}

/** @returns the table: each product against the peak and each reference that there is */
export async function benchMatMul(threads: number, peers: boolean): Promise<Measurement[]> {
  const line = (product: Product, ours: number, name: string, value: number): Measurement => ({
    what: `${nameOf(product)}, ${threads} threads`,
    unit: 'GFLOP/s',
    moreIsBetter: true,
    ours,
    reference: { name, value },
  });
  const lines = await scaling(1024, threads);
  const rates = await onSimd(threads, products);
  const openBlas = peers ? onOpenBlas(threads) : {};
  for (const [index, product] of products.entries()) {
    const { ours, peak } = rates[index]!;
    lines.push(line(product, ours, 'SIMD peak', peak));
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
