/** How much memory splats need, known before any of it is taken. */
import { ConfigError } from '../../errors.ts';
import { splatRecordLayout } from '../../kernels/layouts.ts';
import { mostAutoSplats } from './splatBudget.ts';
import type { SplatConfig } from './splatSchema.ts';
import { numbersOfSplat } from './splatUnits.ts';

/** What a process takes beside its splats. */
const otherBytes = 200e6;
/** (Splat, tile) pairs of a step: an entry of 8 bytes and a gradient of 48 each, some four a splat, and room to grow. */
const pairBytes = 4 * 56 * 1.25;
/** Depths, flags, sorting, statistics. */
const listBytes = 60;

/** About what a run takes with so many splats. @param degree of the harmonics */
export function bytesOfSplats(count: number, degree: number): number {
  const numbers = numbersOfSplat(degree);
  // Values, gradients and Adam's two moments; a checkpoint copies all but the gradients.
  const numberBytes = 4 * 4 + 3 * 4;
  return otherBytes + count * (numbers * numberBytes + splatRecordLayout.bytes + pairBytes + listBytes);
}

/** @param memoryBytes of the computer @throws ConfigError where `maxSplats`, or the most that `auto` makes of it, need more */
export function checkSplatMemory(
  config: Pick<SplatConfig, 'maxSplats' | 'harmonicsDegree' | 'horizonSteps'>,
  memoryBytes: number,
): void {
  const { harmonicsDegree } = config;
  const maxSplats = config.maxSplats === 'auto' ? Math.ceil(mostAutoSplats(config)) : config.maxSplats;
  const needed = bytesOfSplats(maxSplats, harmonicsDegree);
  if (needed <= memoryBytes) return;
  const bytesEach = bytesOfSplats(1, harmonicsDegree) - otherBytes;
  const most = Math.floor(Math.max(0, memoryBytes - otherBytes) / bytesEach / 1000) * 1000;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const advice =
    most >= 1000
      ? `set it to ${most} or less, or lower model.harmonicsDegree`
      : 'a computer with more memory is needed';
  throw new ConfigError(
    `model.maxSplats: ${maxSplats} splats need about ${gigabytes(needed)} of memory, and there are ${gigabytes(memoryBytes)}; ${advice}`,
    { path: 'model.maxSplats' },
  );
}
