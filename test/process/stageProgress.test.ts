import { describe, expect, it } from 'vitest';
import { progressOf } from '../../src/process/stageProgress.ts';

describe('progressOf', () => {
  it('reads what COLMAP 3.8 and 4.2 say', () => {
    const glog = 'I20260101 10:00:00.000000 1234 pairing.cc:214] ';
    expect(progressOf('Matching block [2/4, 3/4] in 0.321s', 50)).toEqual({ done: 6, total: 16 });
    expect(progressOf(`${glog}Processing block [1/4, 1/4]`, 50)).toEqual({ done: 0, total: 16 });
    expect(progressOf(`${glog}Processing image [5/20]`, 50)).toEqual({ done: 4, total: 20 });
    expect(progressOf('Registering image #23 (5)', 50)).toEqual({ done: 5, total: 50 });
    expect(progressOf(`${glog}Registering image #23 (num_reg_frames=7)`, 50)).toEqual({ done: 7, total: 50 });
    expect(progressOf('Triangulating image #3 (2)', 50)).toEqual({ done: 2, total: 50 });
    expect(progressOf(`${glog}=> Image sees 94 / 3843 correspondences`, 50)).toBeUndefined();
  });
});
