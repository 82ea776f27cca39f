/** Draws every learning-rate schedule into docs/schedules/, as docs/optimizers.md shows them. Run: npx tsx scripts/plotSchedules.ts */
import { mkdir, writeFile } from 'node:fs/promises';
import { optimizerSchema } from '../src/optimizers/optimizerSchema.ts';
import { createSchedulers } from '../src/schedulers/createSchedulers.ts';
import { schedulerSchema } from '../src/schedulers/schedulerSchema.ts';

const steps = 100;
const folder = new URL('../docs/schedules/', import.meta.url);

/** A typical setting of each kind, over 100 steps from a rate of 1. */
const examples: readonly ({ readonly kind: string } & Record<string, unknown>)[] = [
  { kind: 'constant' },
  {
    kind: 'exponentialDecay',
    finalLearningRate: 0.05,
    maxSteps: 90,
    warmupSteps: 15,
    preWarmupLearningRate: 0,
  },
  { kind: 'cosineDecay', warmupSteps: 15, maxSteps: 90 },
  { kind: 'multiStep', milestones: [30, 60, 80] },
  { kind: 'step', stepSize: 20, gamma: 0.5 },
  { kind: 'exponential', gamma: 0.96 },
  { kind: 'cosineAnnealing', halfPeriod: 40 },
  { kind: 'cosineAnnealingWarmRestarts', firstPeriod: 15, periodFactor: 2 },
  { kind: 'linear', startFactor: 0.1, totalSteps: 40 },
  { kind: 'polynomial', totalSteps: 90, power: 2 },
  { kind: 'constantFactor', factor: 0.25, totalSteps: 30 },
  { kind: 'oneCycle', maxLearningRate: 1, totalSteps: 100 },
  { kind: 'cyclic', baseLearningRate: 0.1, maxLearningRate: 1, riseSteps: 12, mode: 'triangular2' },
  {
    kind: 'piecewise',
    points: [
      [0, 0.2],
      [30, 1],
      [70, 0.6],
      [90, 0.1],
    ],
  },
  { kind: 'reduceOnPlateau', factor: 0.5, patience: 4 },
  {
    kind: 'sequential',
    milestones: [30],
    schedules: [
      { kind: 'linear', startFactor: 0.1, totalSteps: 30 },
      { kind: 'cosineAnnealing', halfPeriod: 70 },
    ],
  },
  { kind: 'warmup', steps: 20, schedule: { kind: 'step', stepSize: 25, gamma: 0.5 } },
];

/** The rate in force in each step. A plateau schedule observes a loss that stops falling at step 30. */
function ratesOf(settings: Record<string, unknown>): number[] {
  const optimizer = optimizerSchema.parse({ kind: 'sgd', learningRate: 1 });
  const schedulers = createSchedulers({ group: { optimizer, scheduler: schedulerSchema.parse(settings) } });
  return Array.from({ length: steps + 1 }, (_, step) => {
    const rate = schedulers.learningRate('group');
    schedulers.step(['group']);
    schedulers.observe('train/loss', Math.max(1, 4 - step / 10));
    return rate;
  });
}

/** A line over light axes, in colours that show on light and dark pages. */
function plot(title: string, rates: readonly number[]): string {
  const [left, top, width, height] = [34, 24, 320, 120];
  const x = (step: number) => (left + (step / steps) * width).toFixed(1);
  const y = (rate: number) => (top + (1 - rate) * height).toFixed(1);
  const line = rates.map((rate, step) => `${x(step)},${y(rate)}`).join(' ');
  const grid = [0, 0.5, 1].map(
    (rate) =>
      `<path d="M${left} ${y(rate)}h${width}" stroke="#8888" stroke-width="0.5"/>` +
      `<text x="${left - 4}" y="${Number(y(rate)) + 3}" text-anchor="end">${rate}</text>`,
  );
  const ticks = [0, 50, 100].map(
    (step) => `<text x="${x(step)}" y="${top + height + 14}" text-anchor="middle">${step}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 370 166" width="370" height="166" role="img" aria-label="${title}">`,
    `<g font-family="sans-serif" font-size="9" fill="#888"><text x="${left}" y="14" font-size="11">${title}</text>`,
    ...grid,
    ...ticks,
    '</g>',
    `<polyline points="${line}" fill="none" stroke="#3b82c4" stroke-width="1.6" stroke-linejoin="round"/>`,
    '</svg>',
    '',
  ].join('\n');
}

await mkdir(folder, { recursive: true });
for (const settings of examples)
  await writeFile(new URL(`${settings.kind}.svg`, folder), plot(settings.kind, ratesOf(settings)));
