import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchResponsiveness } from '../../bench/responsiveness.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

describe('while a run trains at full speed', () => {
  it('the thread that serves people stays responsive, and ctl status is answered', async () => {
    const scene = path.join(temporaryFolder(), 'scene');
    await writeTinyScene(scene);
    const { delay, status, idle } = await benchResponsiveness(scene, 3, [
      ...tinySettings,
      'model.targetSamples=65536',
      'threads=2',
      'evaluate.imageEverySteps=50',
      'checkpoint.everySteps=50',
    ]);
    expect(delay.count).toBeGreaterThan(100);
    expect(status.count).toBeGreaterThan(3);
    // The benchmark prints the figures; here other tests may use the machine, which a process at rest feels as well.
    expect(delay.p99).toBeLessThan(idle.p99 + 250);
    expect(status.p50).toBeLessThan(1_000);
  }, 90_000);
});
