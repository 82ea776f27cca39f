/** A training step of each method on our kernels and on TensorFlow, on the demo scene: the same work, one engine after the other. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLog } from '../machines/trainerOptions.ts';
import { createTrainerParts } from '../machines/trainerParts.ts';
import { loadConfig } from '../src/config/loadConfig.ts';
import type { Config } from '../src/config/schema.ts';
import { writeDemoScene } from '../src/data/demo/writeDemoScene.ts';
import { createEngine } from '../src/tensors/createEngine.ts';
import { findNativePackages } from '../src/tensors/native/nativePackages.ts';
import { isMain, type Measurement, report } from './report.ts';
import { oneStep } from './support/oneStep.ts';

const threads = 2;

/** @returns milliseconds of the fastest step, because others may use the machine, and what the engine says of itself */
export async function measureStep(
  config: Config,
  engineName: 'simd' | 'tensorflow',
  steps: { readonly warmUp: number; readonly timed: number },
): Promise<{ milliseconds: number; description: string }> {
  const engine = await createEngine({ engine: engineName, threads });
  const parts = await createTrainerParts(config, { engine }, silentLog);
  let milliseconds = Number.POSITIVE_INFINITY;
  for (let step = 1; step <= steps.warmUp + steps.timed; step++) {
    const began = performance.now();
    oneStep(parts, step);
    if (step > steps.warmUp) milliseconds = Math.min(milliseconds, performance.now() - began);
  }
  parts.dispose();
  engine.dispose();
  return { milliseconds, description: engine.description };
}

/** Both methods on both engines; without TensorFlow only ours. */
export async function benchEngines(): Promise<{ measurements: Measurement[]; notes: string[] }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'nerfstream-engines-'));
  const hasTensorflow = findNativePackages(['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']).length > 0;
  const notes = new Set<string>();
  const measurements: Measurement[] = [];
  try {
    await writeDemoScene(folder, {});
    for (const [method, steps] of [
      ['instant-ngp', { warmUp: 20, timed: 20 }],
      ['vanilla-nerf', { warmUp: 1, timed: 3 }],
    ] as const) {
      const config = await loadConfig(method, { data: folder });
      const simd = await measureStep(config, 'simd', steps);
      notes.add(simd.description);
      const native = hasTensorflow ? await measureStep(config, 'tensorflow', steps) : undefined;
      notes.add(native?.description ?? 'TensorFlow is not installed (npm run setup:native)');
      measurements.push({
        what: `${method}, fastest of ${steps.timed} steps, ${threads} threads`,
        unit: 'ms',
        ours: simd.milliseconds,
        ...(native && { reference: { name: 'tensorflow', value: native.milliseconds } }),
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { measurements, notes: [...notes] };
}

if (isMain(import.meta.url)) {
  const { measurements, notes } = await benchEngines();
  await report('engines', measurements, notes);
}
