/** Sweeps with runs that nobody trains: what is carried out when, what is kept, and what an interruption leaves. */
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSweep } from '../../src/fleet/loadSweep.ts';
import type { RunEnd, RunJob } from '../../src/fleet/runJob.ts';
import { type RunSweepOptions, runSweep } from '../../src/fleet/runSweep.ts';
import { readJournal, readPlan, sweepPaths } from '../../src/fleet/sweepJournal.ts';
import { recordsOf } from '../../src/fleet/sweepRecords.ts';
import { bestRow, sweepReport } from '../../src/fleet/sweepReport.ts';
import { reportCsv } from '../../src/fleet/sweepTables.ts';

let place: string;
let folder: string;
beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'nerfstream-sweep-'));
  folder = path.join(place, 'out');
});
afterEach(() => rm(place, { recursive: true, force: true }));

/** Writes a sweep file; `section` is YAML. */
async function sweepFile(section: string, rest = '', name = 'sweep.yaml'): Promise<string> {
  const file = path.join(place, name);
  const base = `extends: instant-ngp\ndata: {path: scene}\ntrainer: {maxSteps: 90}\n${rest}`;
  await writeFile(file, `${base}\nsweep:\n  ${section.split('\n').join('\n  ')}\n`);
  return file;
}

const psnrOf = ({ config }: RunJob) => (config['trainer'] as { seed: number }).seed;
const ended = (job: RunJob, psnr = psnrOf(job)): RunEnd => {
  const measured = { trainSeconds: 1, metrics: { 'eval/psnr': psnr, 'eval/ssim': 0.5 } };
  return job.stopAtStep === undefined
    ? { outcome: 'finished', ending: 'completed', step: 90, ...measured }
    : { outcome: 'reachedStep', step: job.stopAtStep, ...measured };
};
const failedAt = (step: number): RunEnd => ({
  outcome: 'failed',
  error: 'no luck',
  badInput: false,
  step,
  trainSeconds: 0,
  metrics: {},
});

/** Carries out a sweep with runs that end at once. @returns the jobs in order, as `run@stopAtStep` */
async function sweep(
  file: string,
  endOf: (job: RunJob) => RunEnd | Promise<RunEnd> = ended,
  options: Partial<RunSweepOptions> = {},
): Promise<string[]> {
  const jobs: string[] = [];
  await runSweep(await loadSweep(file), {
    folder,
    ...options,
    async carryOut(job) {
      jobs.push(job.stopAtStep === undefined ? job.run : `${job.run}@${job.stopAtStep}`);
      return endOf(job);
    },
  });
  return jobs;
}

async function report() {
  const plan = (await readPlan(folder))!;
  return sweepReport(plan, recordsOf(plan, await readJournal(folder), folder));
}
const statesOf = async () => Object.fromEntries((await report()).rows.map(({ run, state }) => [run, state]));

describe('in order', () => {
  it('[FL13] carries out each run once; started again there is nothing left to do', async () => {
    const file = await sweepFile('trainer.seed: [1, 2, 3]');
    expect(await sweep(file)).toEqual(['seed=1', 'seed=2', 'seed=3']);
    expect(await sweep(file)).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(['sweep.json', 'sweep.jsonl']);
  });

  it('[FL13] a run with the configuration of another one is not carried out, and has its result', async () => {
    const file = await sweepFile(
      'configs: {one: instant-ngp, two: instant-ngp}\ntrainer.seed: [1]',
      '',
      'twins.yaml',
    );
    const text = (await readFile(file, 'utf8')).replace('extends: instant-ngp\n', '');
    await writeFile(file, text);
    expect(await sweep(file)).toEqual(['one,seed=1']);
    expect((await report()).rows.map(({ run, value, folder: where }) => [run, value, where])).toEqual([
      ['one,seed=1', 1, 'one,seed=1'],
      ['two,seed=1', 1, 'one,seed=1'],
    ]);
    // Under another name, too.
    await sweepFile('trainer.seed: [1]\nmodel.targetSamples: [65536]');
    const again = await sweepFile('trainer.seed: [1, 2]\ntrainer.maxSteps: [90]');
    expect(await sweep(again)).toEqual(['seed=2,maxSteps=90']);
  });

  it('[FL14] failed runs are tried again with retry alone', async () => {
    const file = await sweepFile('trainer.seed: [1, 2]');
    await sweep(file, (job) => (psnrOf(job) === 1 ? failedAt(5) : ended(job)));
    expect(await statesOf()).toEqual({ 'seed=1': 'failed', 'seed=2': 'finished' });
    expect(await sweep(file)).toEqual([]);
    expect(await sweep(file, ended, { retry: true })).toEqual(['seed=1']);
    expect(await statesOf()).toEqual({ 'seed=1': 'finished', 'seed=2': 'finished' });
  });

  it.each([1, 2, 3])('[FL15] %i runs beside each other, never more', async (parallel) => {
    const file = await sweepFile('trainer.seed: [1, 2, 3, 4, 5, 6, 7]');
    let now = 0;
    let most = 0;
    const jobs = await sweep(
      file,
      async (job) => {
        most = Math.max(most, ++now);
        // Ends only once so many run as may.
        while (most < parallel) await new Promise((resolve) => setImmediate(resolve));
        now--;
        return ended(job);
      },
      { parallel },
    );
    expect(most).toBe(parallel);
    expect(jobs).toHaveLength(7);
  });
});

describe('interruptions', () => {
  it('[FL16] once aborted nothing more begins; started again it goes on with what was given back', async () => {
    const file = await sweepFile('trainer.seed: [1, 2, 3]');
    const stop = new AbortController();
    const jobs = await sweep(
      file,
      (job) => {
        if (psnrOf(job) !== 2) return ended(job);
        stop.abort();
        return { outcome: 'givenBack', step: 7, trainSeconds: 1, metrics: {} };
      },
      { signal: stop.signal },
    );
    expect(jobs).toEqual(['seed=1', 'seed=2']);
    expect(await statesOf()).toEqual({ 'seed=1': 'finished', 'seed=2': 'interrupted', 'seed=3': 'waiting' });
    expect(await sweep(file)).toEqual(['seed=2', 'seed=3']);
  });

  it('[FL16] half a line at the end of the journal is dropped, wherever it was cut', async () => {
    const file = await sweepFile('trainer.seed: [1, 2]');
    await sweep(file);
    const { journal } = sweepPaths(folder);
    const whole = await readFile(journal);
    const lastLine = whole.subarray(0, -1).lastIndexOf(10) + 1;
    for (const cut of [lastLine, lastLine + 1, whole.length - 20, whole.length - 1]) {
      await writeFile(journal, whole.subarray(0, cut));
      expect(await sweep(file)).toEqual(['seed=2']);
      expect((await statesOf())['seed=2']).toBe('finished');
    }
    expect(await sweep(file)).toEqual([]);
  });

  it('[FL16] a damaged line in the middle is an error that names it', async () => {
    const file = await sweepFile('trainer.seed: [1, 2]');
    await sweep(file);
    const { journal } = sweepPaths(folder);
    await truncate(journal, 10);
    await appendFile(journal, '\n{"event":"begun"}\n');
    await expect(sweep(file)).rejects.toThrow(/sweep\.jsonl:1 is damaged/);
  });

  it('[FL15] two processes never carry out one sweep', async () => {
    const file = await sweepFile('trainer.seed: [1]');
    await sweep(file, async (job) => {
      await expect(sweep(file)).rejects.toThrow('is in use by process');
      return ended(job);
    });
  });

  it('what fails beside the runs ends the sweep with that error', async () => {
    const file = await sweepFile('trainer.seed: [1, 2, 3]');
    const broken = sweep(file, () => Promise.reject(new Error('no processes left')));
    await expect(broken).rejects.toThrow('no processes left');
    expect(await sweep(file)).toHaveLength(3);
  });
});

describe('a changed sweep file', () => {
  const said: string[] = [];
  const listener = { said: (line: string) => said.push(line), begun() {}, status() {}, ended() {} };
  beforeEach(() => {
    said.length = 0;
  });

  it('[FL17] with more values runs what is new, and says so', async () => {
    await sweep(await sweepFile('trainer.seed: [1, 3]'));
    expect(await sweep(await sweepFile('trainer.seed: [0, 1, 2]'), ended, { listener })).toEqual([
      'seed=0',
      'seed=2',
    ]);
    expect(said).toEqual(['the sweep has changed: 2 runs are new, 1 are in it no longer']);
  });

  it('[FL17] that changes what was begun is refused, and changes nothing', async () => {
    await sweep(await sweepFile('trainer.seed: [1]'));
    const before = await readFile(sweepPaths(folder).plan, 'utf8');
    const changed = await sweepFile('trainer.seed: [1]', 'model: {targetSamples: 1024}');
    await expect(sweep(changed)).rejects.toThrow(/run seed=1 has begun with other settings/);
    expect(await readFile(sweepPaths(folder).plan, 'utf8')).toBe(before);
  });

  it('[FL17] may change what changes no bit, and mend what could not begin', async () => {
    await sweep(await sweepFile('trainer.seed: [1, 2]'), (job) =>
      psnrOf(job) === 1 ? failedAt(0) : ended(job),
    );
    expect(await sweep(await sweepFile('trainer.seed: [1, 2]', 'threads: 1'))).toEqual([]);
    const moved = await sweepFile('trainer.seed: [1]', 'model: {targetSamples: 1024}');
    expect(await sweep(moved)).toEqual(['seed=1']);
  });

  it('[FL17] other rungs are refused', async () => {
    await sweep(await sweepFile('trainer.seed: [1, 2, 3]\nasha: {minSteps: 10}'));
    const other = await sweepFile('trainer.seed: [1, 2, 3]\nasha: {minSteps: 20}');
    await expect(sweep(other)).rejects.toThrow('rungs at 10, 30, 90, now 20, 60, 90');
  });
});

describe('successive halving', () => {
  const section = 'trainer.seed: [1, 2, 3, 4, 5, 6, 7, 8, 9]\nasha: {minSteps: 10}';

  it('[FL40] trains all to the first rung, and the best to the end', async () => {
    const jobs = await sweep(await sweepFile(section));
    expect(jobs.filter((job) => job.endsWith('@10'))).toHaveLength(9);
    expect(jobs.filter((job) => !job.includes('@'))).toContain('seed=9');
    const { rows, steps, allSteps } = await report();
    expect(rows[0]).toMatchObject({ run: 'seed=9', state: 'finished', value: 9, step: 90 });
    expect(rows.filter(({ state }) => state === 'stopped').length).toBeGreaterThan(4);
    expect(allSteps).toBe(810);
    expect(steps).toBe(rows.reduce((sum, { step }) => sum + step, 0));
  });

  it('[FL43] cut off anywhere, it goes on to the same jobs', async () => {
    const whole = await sweep(await sweepFile(section));
    for (const cut of [1, 4, 8]) {
      await rm(folder, { recursive: true });
      const stop = new AbortController();
      let count = 0;
      const first = await sweep(
        await sweepFile(section),
        (job) => {
          if (++count < cut) return ended(job);
          stop.abort();
          return { outcome: 'givenBack', step: 1, trainSeconds: 0, metrics: {} };
        },
        { signal: stop.signal },
      );
      const second = await sweep(await sweepFile(section));
      expect([...first.slice(0, -1), ...second]).toEqual(whole);
    }
  });

  it('[FL41] runs that fail go no further', async () => {
    const jobs = await sweep(await sweepFile(section), (job) =>
      psnrOf(job) === 9 ? failedAt(3) : ended(job),
    );
    expect(jobs.filter((job) => job.startsWith('seed=9'))).toEqual(['seed=9@10']);
    expect(bestRow(await report())?.run).toBe('seed=8');
  });
});

describe('the report', () => {
  it('[FL45] sorts by the metric, smaller first where that is better, and those without a value last', async () => {
    await sweep(await sweepFile('trainer.seed: [2, 1, 3]\nmode: min'), (job) =>
      psnrOf(job) === 1 ? failedAt(4) : ended(job),
    );
    const { rows } = await report();
    expect(rows.map(({ run, value, error }) => [run, value, error])).toEqual([
      ['seed=2', 2, undefined],
      ['seed=3', 3, undefined],
      ['seed=1', undefined, 'no luck'],
    ]);
  });

  it('[FL45] as CSV has every setting and metric, quoted where it must be', async () => {
    await sweep(await sweepFile('trainer.seed: [2, 1]'), (job) =>
      psnrOf(job) === 1 ? ({ ...failedAt(4), error: 'it said "no", twice' } as RunEnd) : ended(job),
    );
    expect(reportCsv(await report())).toBe(
      [
        'run,config,scene,trainer.seed,state,step,trainSeconds,eval/psnr,eval/ssim,error',
        'seed=2,,,2,finished,90,1,2,0.5,',
        'seed=1,,,1,failed,4,0,,,"it said ""no"", twice"',
        '',
      ].join('\n'),
    );
  });
});
