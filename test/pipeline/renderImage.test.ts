/** How a picture of a field is made, a piece at a time. */
import { expect, it } from 'vitest';
import { createRayBuffers } from '../../src/models/radianceModel.ts';
import { renderImage } from '../../src/pipeline/renderImage.ts';

/** A field whose colour is the direction of the ray, in buffers for so many rays. */
function fieldOfDirections(capacity: number) {
  const rays = createRayBuffers(capacity);
  const counts: number[] = [];
  const render = (count: number) => {
    counts.push(count);
    for (let ray = 0; ray < count; ray++)
      for (let k = 0; k < 4; k++)
        rays.colors[ray * 4 + k] = k < 3 ? Math.abs(rays.directions[ray * 3 + k]!) : 0;
  };
  return { rays, render, counts };
}

const camera = {
  cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 4],
  width: 160,
  height: 90,
  fx: 120,
  fy: 120,
};

function pictureOf(model: ReturnType<typeof fieldOfDirections>) {
  const work = renderImage(model, { camera, outputs: ['rgb'] }, [0, 0, 0]);
  for (let turns = 0; ; turns++) {
    const { done, value } = work.next();
    if (done) return { turns, data: value.outputs.rgb!.data };
  }
}

it('makes no more than 4096 rays between two turns of the event loop, however many a step has', () => {
  const large = fieldOfDirections(2 ** 16);
  const { turns } = pictureOf(large);
  expect(large.counts).toEqual([4096, 4096, 4096, 160 * 90 - 3 * 4096]);
  expect(turns).toBe(4);
});

it('makes the same picture in pieces of any size', () => {
  const [large, small] = [fieldOfDirections(2 ** 16), fieldOfDirections(700)];
  const picture = pictureOf(large).data;
  expect(pictureOf(small).data).toEqual(picture);
  // A picture, not one colour: the middle looks along -z, the corner far past it.
  const middle = (45 * 160 + 80) * 3;
  expect([...picture.slice(middle, middle + 3)]).toEqual([1, 1, 255]);
  expect(picture[0]).toBeGreaterThan(100);
});
