/** Cameras that a rendering is asked for from. */
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { completeCamera } from '../../src/pipeline/renderCamera.ts';

describe('completeCamera', () => {
  const camera = {
    cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0],
    ...{ width: 1000, height: 500, fx: 800, fy: 800 },
  };

  it('is scaled up to 8192 x 8192 pixels, and no further', () => {
    expect(completeCamera(camera, 11)).toMatchObject({ width: 11_000, height: 5500 });
    expect(() => completeCamera(camera, 16)).toThrow(ConfigError);
    expect(() => completeCamera(camera, 16)).toThrow(/a picture of 16000 x 8000 pixels is too large/);
  });
});
