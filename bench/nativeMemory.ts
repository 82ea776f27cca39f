/**
 * Memory of a long run on TensorFlow: 1,000 steps of instant-ngp on the demo scene, with a table of 2^15 entries a level so that
 * it takes a minute or two. Tensors stay the same in number, and resident memory as large as after the first 200 steps.
 *
 *     npx tsx bench/nativeMemory.ts [steps]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLog } from '../machines/trainerOptions.ts';
import { createTrainerParts } from '../machines/trainerParts.ts';
import { loadConfig } from '../src/config/loadConfig.ts';
import { writeDemoScene } from '../src/data/demo/writeDemoScene.ts';
import { createEngine } from '../src/tensors/createEngine.ts';
import { nativeBackendOf } from '../src/tensors/native/nativeBackend.ts';
import { findNativePackages } from '../src/tensors/native/nativePackages.ts';
import * as tf from '../src/tensors/tf.ts';
import { isMain, type Measurement, report } from './report.ts';
import { oneStep } from './support/oneStep.ts';

const every = 100;

interface MemoryFigures {
  readonly step: number;
  readonly tensors: number;
  readonly inLibrary: number;
  readonly residentMb: number;
}

/** @returns one entry for every 100 steps */
export async function trainAndWatch(steps: number): Promise<MemoryFigures[]> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'nerfstream-memory-'));
  const figures: MemoryFigures[] = [];
  try {
    await writeDemoScene(folder, {});
    const config = await loadConfig('instant-ngp', { data: folder }, [
      'model.hashGrid.log2TableSize=15',
      'model.targetSamples=4096',
    ]);
    const engine = await createEngine({ engine: 'tensorflow', threads: 2 });
    const { binding } = nativeBackendOf(tf.backend());
    const parts = await createTrainerParts(config, { engine }, silentLog);
    for (let step = 1; step <= steps; step++) {
      oneStep(parts, step);
      if (step % every !== 0) continue;
      const figure = {
        step,
        tensors: tf.memory().numTensors,
        inLibrary: binding.getNumOfTensors(),
        residentMb: process.memoryUsage.rss() / 1e6,
      };
      figures.push(figure);
      const { tensors, inLibrary, residentMb } = figure;
      console.log(
        `step ${step}: ${tensors} tensors, ${inLibrary} in the library, ${residentMb.toFixed(0)} MB`,
      );
    }
    parts.dispose();
    engine.dispose();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return figures;
}

function measurementsOf(figures: readonly MemoryFigures[]): Measurement[] {
  const [settled, last] = [figures[1], figures.at(-1)];
  if (!settled || !last || last === settled) return [];
  const after = { name: `after ${settled.step}` };
  return [
    {
      what: `tensors after ${last.step} steps`,
      unit: 'tensors',
      ours: last.inLibrary,
      reference: { ...after, value: settled.inLibrary },
      bound: settled.inLibrary,
    },
    {
      what: `resident memory after ${last.step} steps`,
      unit: 'MB',
      ours: last.residentMb,
      reference: { ...after, value: settled.residentMb },
      bound: Math.ceil(settled.residentMb * 1.1),
    },
  ];
}

if (isMain(import.meta.url)) {
  const [steps = 1_000] = process.argv.slice(2).map(Number).filter(Number.isFinite);
  const installed = findNativePackages(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']).length > 0;
  const figures = installed ? await trainAndWatch(steps) : [];
  const notes = installed ? [] : ['TensorFlow is not installed (npm run setup:native)'];
  await report('nativeMemory', measurementsOf(figures), notes);
}
