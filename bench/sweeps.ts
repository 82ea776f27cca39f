/**
 * Successive halving against the full grid: 27 settings of instant-ngp on the demo scene at 50 x 50 pixels, 270 steps each. How many of the grid's
 * steps it makes, and whether it finds the grid's best. Real runs, one process each; takes some minutes, most of it starting processes.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { reportOf } from '../src/cli/sweepReportCommand.ts';
import { writeDemoScene } from '../src/data/demo/writeDemoScene.ts';
import { loadSweep } from '../src/fleet/loadSweep.ts';
import { runSweep } from '../src/fleet/runSweep.ts';
import type { SweepReport } from '../src/fleet/sweepReport.ts';
import { isMain, report } from './report.ts';

const settings = `extends: instant-ngp
data: {path: scene, downscale: 4}
trainer: {maxSteps: 270}
threads: 1
sinks: [{kind: jsonl}]
checkpoint: {everySteps: 0, keepBest: null}
model:
  targetSamples: 2048
  hashGrid: {log2TableSize: 12, maxResolution: 64}
  density: {width: 16}
  color: {width: 16}
  occupancy: {resolution: 32}
sweep:
  groups.encoding.optimizer.learningRate: [1.0e-3, 1.0e-2, 5.0e-2]
  groups.networks.optimizer.learningRate: [1.0e-4, 1.0e-3, 1.0e-2]
  model.hashGrid.levels: [2, 4, 8]
`;
const halving = '  asha: {minSteps: 10, reductionFactor: 3}\n';

if (isMain(import.meta.url)) await main();

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'nerfstream-sweeps-'));
  try {
    await writeDemoScene(path.join(folder, 'scene'));
    const grid = await swept(folder, 'grid', settings);
    const found = await swept(folder, 'halving', settings + halving);
    const winner = found.rows[0]!;
    const rank = grid.rows.findIndex(({ run }) => run === winner.run) + 1;
    await report(
      'sweeps',
      [
        { what: 'steps of the full grid', unit: '%', ours: (100 * found.steps) / grid.steps, bound: 35 },
        { what: "rank of what it found among the grid's 27", unit: 'th', ours: rank, bound: 1 },
        {
          what: 'PSNR of the best',
          unit: 'dB',
          ours: winner.value!,
          reference: { name: 'grid', value: grid.rows[0]!.value! },
          moreIsBetter: true,
        },
      ],
      [
        `grid: ${grid.rows.slice(0, 3).map(described).join('; ')}; worst ${described(grid.rows.at(-1)!)}`,
        `halving: ${winner.run}; ${found.rows.filter(({ state }) => state === 'finished').length} came to the end`,
      ],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function swept(folder: string, name: string, text: string): Promise<SweepReport> {
  const file = path.join(folder, `${name}.yaml`);
  await writeFile(file, text);
  const out = path.join(folder, name);
  await runSweep(await loadSweep(file), { folder: out });
  return reportOf(out);
}

function described({ run, value }: SweepReport['rows'][number]): string {
  return `${run} ${value?.toFixed(2)} dB`;
}
