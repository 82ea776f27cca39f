import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { createEvaluation } from '../../machines/evaluation.ts';
import type { ImageEvaluation, RgbImage } from '../../src/pipeline/pipeline.ts';
import { createMetricBus } from '../../streams/metricBus.ts';

const views = 200;

/** A pipeline of 200 held-out views that counts how many of the pictures it made are still held by somebody. */
function countingPipeline() {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const made: WeakRef<RgbImage>[] = [];
  const picture = (): RgbImage => {
    const image = { width: 16, height: 16, data: new Uint8Array(768) };
    made.push(new WeakRef(image));
    return image;
  };
  return {
    evalImage: (index: number): ImageEvaluation | undefined =>
      index < views
        ? { name: `view ${index}`, render: picture(), target: picture(), metrics: { psnr: index } }
        : undefined,
    get made() {
      return made.length;
    },
    held() {
      collectGarbage();
      return made.filter((image) => image.deref() !== undefined).length;
    },
  };
}

it('[ST8] an evaluation of 200 views holds the pictures of two, however slow the writer is', async () => {
  const pipeline = countingPipeline();
  const written: string[] = [];
  const held: number[] = [];
  const ahead: number[] = [];
  const evaluation = createEvaluation({
    pipeline,
    bus: createMetricBus(),
    imageEverySteps: 0,
    async writePicture(file) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      ahead.push(pipeline.made / 2 - written.length);
      written.push(file);
      if (written.length % 20 === 0) held.push(pipeline.held());
    },
  });
  await lastValueFrom(evaluation.run('all', 5), { defaultValue: undefined });
  expect(written).toEqual(Array.from({ length: views }, (_, k) => `eval/${String(k).padStart(5, '0')}.png`));
  expect(held).toHaveLength(10);
  expect(Math.max(...held)).toBeLessThanOrEqual(4);
  expect(Math.max(...ahead)).toBe(1);
  expect(evaluation.latest?.summary).toMatchObject({ psnr: 99.5, images: { length: views } });
  expect(pipeline.held()).toBeLessThanOrEqual(4);
});
