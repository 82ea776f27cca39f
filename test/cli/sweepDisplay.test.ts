import { describe, expect, it } from 'vitest';
import { sweepDisplay } from '../../src/cli/sweepDisplay.ts';
import type { LoadedSweep } from '../../src/fleet/loadSweep.ts';
import type { RunEnd, RunJob } from '../../src/fleet/runJob.ts';
import type { Progress } from '../../src/log.ts';

const names = ['seed=1', 'seed=2', 'seed=3', 'seed=4', 'seed=5', 'seed=6'];
const sweep = {
  metric: 'eval/psnr',
  runs: names.map((run) => ({ run, configHash: run, trainedHash: run })),
} as unknown as LoadedSweep;
const job = (run: string): RunJob => ({ sweep: 'test', run, config: {}, priority: 0 });
const finished: RunEnd = {
  ...{ outcome: 'finished', ending: 'completed', step: 400, trainSeconds: 2 },
  metrics: { 'eval/psnr': 30 },
};

function display() {
  const shown: Progress[] = [];
  const said: string[] = [];
  let nowMs = 0;
  const listener = sweepDisplay(
    {
      show: (progress) => shown.push(progress),
      say: (line) => said.push(line),
      clear() {},
    },
    sweep,
    () => nowMs,
  );
  const later = (ms: number) => {
    nowMs += ms;
  };
  return { listener, said, later, last: () => shown.at(-1) };
}

describe('sweepDisplay', () => {
  it('[FL52] counts what has ended and the parts of what trains, and shows their steps', () => {
    const { listener, last, said } = display();
    for (const run of names) listener.begun(job(run));
    expect(last()).toEqual({ what: 'runs', done: 0, total: 6 });
    listener.status(job('seed=1'), { step: 100, maxSteps: 400 });
    expect(last()).toEqual({ what: 'runs', done: 0.25, total: 6, detail: '1 trains: step 100/400' });
    listener.status(job('seed=2'), { step: 200, maxSteps: 400 });
    expect(last()).toMatchObject({ done: 0.75, detail: '2 train: step 100/400, 200/400' });
    listener.ended(job('seed=1'), finished);
    expect(last()).toMatchObject({ done: 1.5, detail: '1 trains: step 200/400' });
    expect(said).toEqual(['seed=1: eval/psnr 30 at step 400, 0:02 of training']);
  });

  it('of a run that is to stop at a rung, the rung is its end', () => {
    const { listener, last } = display();
    listener.status({ ...job('seed=1'), stopAtStep: 50 }, { step: 25, maxSteps: 400 });
    expect(last()).toMatchObject({ done: 0.5, detail: '1 trains: step 25/50' });
  });

  it('[FL52] what was not heard of for long does not train, and keeps its part', () => {
    const { listener, last, later } = display();
    listener.status(job('seed=1'), { step: 100, maxSteps: 400 });
    later(30_000);
    listener.status(job('seed=2'), { step: 40, maxSteps: 400 });
    expect(last()).toMatchObject({ done: 0.35, detail: '1 trains: step 40/400' });
  });

  it('[FL52] what prepares does not train yet, and keeps what it had made elsewhere; what is paused holds', () => {
    const { listener, last } = display();
    listener.status(job('seed=1'), { step: 0, maxSteps: 400, state: 'preparing' });
    expect(last()).toMatchObject({ done: 0, detail: '1 prepares' });
    listener.status(job('seed=1'), { step: 100, maxSteps: 400, state: 'training' });
    listener.status(job('seed=2'), { step: 0, maxSteps: 400, state: 'fetching' });
    expect(last()).toMatchObject({ done: 0.25, detail: '1 trains: step 100/400; 1 prepares' });
    // Another worker has it.
    listener.status(job('seed=1'), { step: 0, maxSteps: 400, state: 'preparing' });
    expect(last()).toMatchObject({ done: 0.25, detail: '2 prepare' });
    listener.status(job('seed=1'), { step: 100, maxSteps: 400, state: 'paused' });
    expect(last()).toMatchObject({ done: 0.25, detail: '1 prepares; 1 paused' });
  });

  it('of many, some are shown', () => {
    const { listener, last } = display();
    for (const run of names) listener.status(job(run), { step: 4, maxSteps: 400 });
    expect(last()!.detail).toBe('6 train: step 4/400, 4/400, 4/400, 4/400, ...');
  });
});
