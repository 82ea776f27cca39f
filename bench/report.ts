/**
 * How benchmarks say what they found, all alike: a table of our figures, those of references measured in the same run, the
 * ratios and the machine. A topic is a file of this folder that ends with two lines:
 *
 *     if (isMain(import.meta.url))
 *       await report('matMul', [{ what: '1024 x 1024', unit: 'ms', ours: 41, reference: { name: 'tfjs wasm', value: 330 } }]);
 *
 * `npm run bench` finds it by itself. With `npm run bench -- --peers`, {@link wantsPeers} is true: what needs Python runs too.
 */
import { pathToFileURL } from 'node:url';
import { allowV8Flags } from '../src/v8Flags.ts';
import { describeMachine, type Machine, machineOf } from './support/machine.ts';

/** One line of the table. What has several references has several lines. */
export interface Measurement {
  /** What was measured, with its sizes and threads: `forward, 262,144 samples, 2 threads`. */
  readonly what: string;
  /** `ms`, `µs`, `s`, `GFLOP/s`, `GB/s`, `MB`, `dB`, ... */
  readonly unit: string;
  readonly ours: number;
  /** The same by somebody else, in the same run. */
  readonly reference?: { readonly name: string; readonly value: number };
  /** For rates and quality. Default: less is better, as for times. */
  readonly moreIsBetter?: boolean;
  /** The ratio that is aimed at. */
  readonly goal?: number;
  /** The figure that `ours` is to stay within: at most, or at least where more is better. */
  readonly bound?: number;
}

/** What a topic tells `bench/run.ts` through the channel between the processes. */
export interface TopicReport {
  readonly topic: string;
  readonly machine: Machine;
  readonly measurements: readonly (Measurement & { readonly ratio?: number })[];
}

/** Prints the table (and the machine, unless `bench/run.ts` has said it), then the `notes`, a line each. */
export async function report(
  topic: string,
  measurements: readonly Measurement[],
  notes: readonly string[] = [],
): Promise<void> {
  const machine = await machineOf();
  if (!process.send) console.log(describeMachine(machine));
  console.log(tableOf(measurements));
  for (const note of notes) console.log(note);
  const withRatios = measurements.map((line) => ({ ...line, ...ratioField(line) }));
  process.send?.({ topic, machine, measurements: withRatios } satisfies TopicReport);
}

/** How many times better ours is: reference over ours for times, ours over the reference where more is better. */
export function ratioOf({ ours, reference, moreIsBetter = false }: Measurement): number | undefined {
  if (!reference) return undefined;
  return moreIsBetter ? ours / reference.value : reference.value / ours;
}

/** The measurements as aligned columns. */
export function tableOf(measurements: readonly Measurement[]): string {
  const header = ['', 'ours', 'reference', 'ratio', 'aim'];
  const rows = [header, ...measurements.map(cellsOf)];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** Whether topics that need Python are to run as well. */
export function wantsPeers(): boolean {
  return process.argv.includes('--peers') || process.env['NERFSTREAM_BENCH_PEERS'] === '1';
}

/** Whether a module is what the process was started with; its kernels are then the fastest. @param url its `import.meta.url` */
export function isMain(url: string): boolean {
  const [, script] = process.argv;
  if (script === undefined || url !== pathToFileURL(script).href) return false;
  allowV8Flags();
  return true;
}

function cellsOf(line: Measurement): string[] {
  const { what, unit, ours, reference } = line;
  const ratio = ratioOf(line);
  return [
    what,
    `${figure(ours)} ${unit}`,
    reference ? `${figure(reference.value)} ${unit} (${reference.name})` : '-',
    ratio === undefined ? '-' : `${figure(ratio)} x`,
    aimOf(line, ratio),
  ];
}

function aimOf({ goal, bound, ours, unit, moreIsBetter = false }: Measurement, ratio?: number): string {
  const said: string[] = [];
  const say = (aim: string, reached: boolean) => said.push(`${aim}: ${reached ? 'reached' : 'MISSED'}`);
  if (goal !== undefined) say(`>= ${goal} x`, (ratio ?? 0) >= goal);
  if (bound !== undefined)
    say(`${moreIsBetter ? '>=' : '<='} ${bound} ${unit}`, moreIsBetter ? ours >= bound : ours <= bound);
  return said.join(', ');
}

function ratioField(line: Measurement): { ratio?: number } {
  const ratio = ratioOf(line);
  return ratio === undefined ? {} : { ratio };
}

/** Three significant digits, more for large numbers. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
