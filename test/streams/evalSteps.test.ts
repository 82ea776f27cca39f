import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { StepError } from '../../src/errors.ts';
import type { ImageEvaluation } from '../../src/pipeline/pipeline.ts';
import { type EvalStep, evalSteps } from '../../streams/evalSteps.ts';

const picture = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
const image = (index: number): ImageEvaluation => ({
  name: `i${index}`,
  render: picture,
  metrics: { psnr: index },
});
const imagesOf = (steps: EvalStep[]) => steps.map((step) => (step.kind === 'image' ? step.index : step.kind));

function evaluator(count: number, known = true) {
  const rendered: number[] = [];
  const view = { name: '', cameraToWorld: [], width: 1, height: 1, fx: 1, fy: 1 };
  return {
    rendered,
    evalBatch: (step: number) => ({ psnr: step * 2 }),
    evalImage(index: number) {
      if (index >= count) return undefined;
      rendered.push(index);
      return image(index);
    },
    ...(known && { views: { train: [], eval: Array.from({ length: count }, () => view) } }),
  };
}

const collect = (pipeline: Parameters<typeof evalSteps>[0], options: Parameters<typeof evalSteps>[1]) =>
  lastValueFrom(evalSteps(pipeline, options).pipe(toArray()));

describe('evalSteps', () => {
  it('evaluates a batch of rays, chosen by the step', async () => {
    expect(await collect(evaluator(2), { scope: 'batch', step: 21 })).toEqual([
      { kind: 'batch', metrics: { psnr: 42 } },
    ]);
  });

  it('[ST4] emits every image once, in order', async () => {
    const steps = await collect(evaluator(3), { scope: 'all', step: 1 });
    expect(steps).toEqual([0, 1, 2].map((index) => ({ kind: 'image', index, evaluation: image(index) })));
  });

  it('[ST4] renders one image a turn and stops between two', () => {
    const turns: (() => void)[] = [];
    const pipeline = evaluator(3);
    const yieldTo = (task: () => void) => {
      turns.push(task);
      return () => turns.splice(0);
    };
    const subscription = evalSteps(pipeline, { scope: 'all', step: 1, yieldTo }).subscribe();
    turns.shift()?.();
    expect(pipeline.rendered).toEqual([0]);
    expect(turns).toHaveLength(1);
    subscription.unsubscribe();
    expect([turns.length, pipeline.rendered]).toEqual([0, [0]]);
  });

  it('[ST8] renders the next image once the one before is dealt with; what fails there is its error', async () => {
    const pipeline = evaluator(3);
    const waiting: (() => void)[] = [];
    const receive = () => new Promise<void>((resolve) => waiting.push(resolve));
    const indices: unknown[] = [];
    const completed = new Promise<void>((complete) =>
      evalSteps(pipeline, { scope: 'all', step: 1, receive }).subscribe({
        next: (result) => indices.push(...imagesOf([result])),
        complete,
      }),
    );
    const someTurns = () => new Promise((resolve) => setTimeout(resolve, 5));
    for (let count = 1; count <= 3; count++) {
      await someTurns();
      expect(pipeline.rendered).toHaveLength(count);
      waiting.shift()?.();
    }
    await completed;
    expect(indices).toEqual([0, 1, 2]);
    const full = new Error('disk full');
    const failing = { scope: 'all', step: 1, receive: () => Promise.reject(full) } as const;
    await expect(collect(evaluator(3), failing)).rejects.toBe(full);
  });

  it('takes the image that the index says, counted on from the first', async () => {
    const pipeline = evaluator(3);
    for (const imageIndex of [0, 2, 3, 7]) await collect(pipeline, { scope: 'image', step: 1, imageIndex });
    expect(pipeline.rendered).toEqual([0, 2, 0, 1]);
  });

  it('falls back to the first image when the number of images is not known', async () => {
    const steps = await collect(evaluator(2, false), { scope: 'image', step: 1, imageIndex: 5 });
    expect(imagesOf(steps)).toEqual([0]);
  });

  it('completes at once for a pipeline that cannot evaluate', async () => {
    for (const scope of ['batch', 'image', 'all'] as const)
      expect(await collect({}, { scope, step: 1 })).toEqual([]);
    expect(await collect(evaluator(0), { scope: 'image', step: 1 })).toEqual([]);
  });

  it('[ST3] errors with the step number', async () => {
    const pipeline = {
      evalImage: () => {
        throw new Error('dark');
      },
    };
    await expect(collect(pipeline, { scope: 'all', step: 9 })).rejects.toThrow(
      new StepError('step 9: the evaluation failed: dark', 9),
    );
  });
});
