import { describe, expect, it } from 'vitest';
import { readDeepLink, writeDeepLink } from '../../../src/studio/page/deepLink.ts';

const half = Math.SQRT1_2;
const camera = {
  // A quarter turn around z, at (1, -2, 3).
  pose: { cameraToWorld: [0, -1, 0, 1, 1, 0, 0, -2, 0, 0, 1, 3], distance: 2.5 },
  fieldOfView: 40,
};

describe('deep links', () => {
  it('name run and camera in nine numbers', () => {
    expect(writeDeepLink({ run: 'fox & hen', camera })).toBe(
      `#run=fox%20%26%20hen&camera=1,-2,3,${half.toFixed(6)},0,0,${half.toFixed(6)},2.5,40`,
    );
  });

  it('come back as they were', () => {
    const link = readDeepLink(writeDeepLink({ run: 'fox & hen', camera }));
    expect(link.run).toBe('fox & hen');
    expect(link.camera!.pose.cameraToWorld).toBeAllClose(camera.pose.cameraToWorld, { atol: 1e-5 });
    expect([link.camera!.pose.distance, link.camera!.fieldOfView]).toEqual([2.5, 40]);
  });

  it('may bring a token, which is never written', () => {
    const link = readDeepLink('#token=abc&run=fox');
    expect(link).toEqual({ token: 'abc', run: 'fox' });
    expect(writeDeepLink(link)).toBe('#run=fox');
  });

  it.each([
    '',
    '#',
    '#camera=1,2',
    '#camera=1,2,3,0,0,0,0,1,40',
    '#camera=a,2,3,1,0,0,0,1,40',
    '#camera=1,2,3,1,0,0,0,-1,40',
  ])('leave out what they cannot mean: %s', (fragment) => expect(readDeepLink(fragment)).toEqual({}));
});
