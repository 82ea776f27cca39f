import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { observeMetrics } from '../../../streams/operators/observeMetrics.ts';
import type { TrainStep } from '../../../streams/step.ts';

const steps: TrainStep[] = [1, 2].map((step) => ({
  step,
  losses: { rgb: step, depth: () => step / 4 },
  ...(step === 2 && { metrics: { psnr: 20 } }),
  gradients: {},
}));

async function observed(...tags: string[]) {
  const heard: [string, number][] = [];
  const schedulers = { observe: (tag: string, value: number) => void heard.push([tag, value]) };
  const passed = await lastValueFrom(from(steps).pipe(observeMetrics(schedulers, tags), toArray()));
  expect(passed).toEqual(steps);
  return heard;
}

describe('observeMetrics', () => {
  it('hands over the sum of the losses, one term, or a metric, where the step has it', async () => {
    expect(await observed('train/loss')).toEqual([
      ['train/loss', 1.25],
      ['train/loss', 2.5],
    ]);
    expect(await observed('train/loss/depth', 'train/psnr')).toEqual([
      ['train/loss/depth', 0.25],
      ['train/loss/depth', 0.5],
      ['train/psnr', 20],
    ]);
  });

  it('reads nothing for metrics that are not of a step', async () => {
    expect(await observed('eval/psnr', 'train/unknown')).toEqual([]);
  });
});
