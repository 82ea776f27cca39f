/** Disks that are full or read-only while a run runs. Small file systems are mounted where the test may do so. */
import { existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Trainer } from '../../machines/trainer.ts';
import { canMount, fillDisk, mount, smallDisk } from '../support/smallDisk.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { inState, startRun, undisturbedValues } from '../support/trainerRuns.ts';

function failures(trainer: Trainer): string[] {
  const found: string[] = [];
  trainer.metrics$.subscribe((event) => {
    if (event.kind === 'text' && event.tag.startsWith('failures/')) found.push(event.text);
  });
  return found;
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Resolves once the checkpoint of `step` is safe. */
const saved = (trainer: Trainer, step: number) =>
  firstValueFrom(
    trainer.status$.pipe(
      filter(({ checkpoint }) => checkpoint === `checkpoints/step-${String(step).padStart(9, '0')}.ckpt`),
    ),
  );

const checkpointsOf = (runDir: string) => readdirSync(path.join(runDir, 'checkpoints')).sort();

describe.skipIf(!canMount())('a disk that cannot be written', () => {
  it('[TR24] holds the run, which goes on to the same bits once there is room', async () => {
    const disk = smallDisk(1);
    const runDir = path.join(disk, 'run');
    const { trainer, pipeline } = await startRun({ trainer: { startPaused: true } }, { runDir });
    const found = failures(trainer);
    await inState(trainer, 'paused');
    const makeRoom = fillDisk(disk, 32_768);
    trainer.checkpoint();
    trainer.stepOnce();
    await until(() => found.length > 0);
    await inState(trainer, 'paused');
    expect(found).toEqual([
      expect.stringMatching(
        /^A checkpoint needs 0\.\d MB and .*checkpoints has only 0\.0 MB left: free some space\. The run is paused, nothing is lost: mend that, then resume it/,
      ),
    ]);
    trainer.resume();
    await until(() => found.length > 1);
    await inState(trainer, 'paused');
    makeRoom();
    trainer.resume();
    const summary = await trainer.done;
    expect(summary).toMatchObject({ status: 'completed', checkpoint: 'checkpoints/step-000000010.ckpt' });
    expect(pipeline.values()).toEqual(await undisturbedValues());
  });

  it('[RF1] leaves no folder and no lock of a run whose configuration finds no room', async () => {
    const disk = smallDisk(1);
    const runDir = path.join(disk, 'run');
    // Room for the lock, but not for config.yaml as well.
    const makeRoom = fillDisk(disk, 4_096);
    const { trainer } = await startRun({}, { runDir });
    await expect(trainer.done).rejects.toThrow('the run folder cannot be created (ENOSPC');
    expect(existsSync(runDir)).toBe(false);
    makeRoom();
    const again = await startRun({}, { runDir });
    expect(await again.trainer.done).toMatchObject({ status: 'completed' });
  });

  it('[TR24] holds the run at its end; what was computed is still saved', async () => {
    const disk = smallDisk(1);
    const runDir = path.join(disk, 'run');
    const { trainer } = await startRun({ trainer: { startPaused: true } }, { runDir }, { images: 0 });
    const found = failures(trainer);
    await inState(trainer, 'paused');
    const makeRoom = fillDisk(disk, 32_768);
    trainer.resume();
    await until(() => found.length > 0);
    const { step } = await inState(trainer, 'paused');
    expect([step, checkpointsOf(runDir)]).toEqual([10, []]);
    makeRoom();
    trainer.resume();
    expect(await trainer.done).toMatchObject({ status: 'completed', steps: 10 });
    expect(checkpointsOf(runDir)).toEqual(['step-000000010.ckpt']);
  });

  it('[TR24] a stop tries once more and then ends the run as failed', async () => {
    const disk = smallDisk(1);
    const runDir = path.join(disk, 'run');
    const { trainer } = await startRun({ trainer: { startPaused: true } }, { runDir }, { images: 0 });
    const found = failures(trainer);
    await inState(trainer, 'paused');
    fillDisk(disk, 32_768);
    trainer.stop();
    await until(() => found.length > 0);
    await inState(trainer, 'paused');
    trainer.stop();
    await expect(trainer.done).rejects.toThrow('free some space');
  });

  it('[TR24] a stop that comes while a checkpoint is on its way holds the run as well', async () => {
    const disk = smallDisk(1);
    const runDir = path.join(disk, 'run');
    const { trainer } = await startRun({ trainer: { startPaused: true } }, { runDir }, { images: 0 });
    await inState(trainer, 'paused');
    const makeRoom = fillDisk(disk, 32_768);
    trainer.checkpoint();
    trainer.stop();
    await inState(trainer, 'checkpointing');
    await inState(trainer, 'paused');
    makeRoom();
    trainer.resume();
    expect(await trainer.done).toMatchObject({ status: 'stopped', steps: 0 });
    expect(checkpointsOf(runDir)).toEqual(['step-000000000.ckpt']);
  });

  it('[TR24] a folder that becomes read-only holds the run as well', async () => {
    const disk = smallDisk(1);
    const runDir = path.join(disk, 'run');
    const { trainer, pipeline } = await startRun({ trainer: { startPaused: true } }, { runDir });
    const found = failures(trainer);
    await inState(trainer, 'paused');
    trainer.checkpoint();
    await saved(trainer, 0);
    mount('-o', 'remount,ro', disk);
    trainer.checkpoint();
    trainer.resume();
    await until(() => found.length > 0);
    await inState(trainer, 'paused');
    expect(found[0]).toMatch(
      /(step \d+|picture .*) cannot be written.*: the file system is read-only.*resume it/,
    );
    mount('-o', 'remount,rw', disk);
    trainer.resume();
    expect(await trainer.done).toMatchObject({ status: 'completed' });
    expect(pipeline.values()).toEqual(await undisturbedValues());
  });
});

describe.skipIf(!existsSync('/dev/full'))('a disk that is full in the middle of a file', () => {
  it('[TR24] holds the run', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer, pipeline } = await startRun({ trainer: { startPaused: true } }, { runDir });
    const found = failures(trainer);
    await inState(trainer, 'paused');
    trainer.checkpoint();
    await saved(trainer, 0);
    symlinkSync('/dev/full', path.join(runDir, 'checkpoints', 'step-000000001.ckpt.tmp'));
    trainer.stepOnce();
    await inState(trainer, 'training');
    await inState(trainer, 'paused');
    trainer.checkpoint();
    await until(() => found.length > 0);
    expect(found[0]).toMatch(/^The checkpoint of step 1 cannot be written to .*: the disk is full/);
    trainer.resume();
    expect(await trainer.done).toMatchObject({ status: 'completed' });
    expect(pipeline.values()).toEqual(await undisturbedValues());
  });
});

describe('files that somebody removes', () => {
  it('[TR25] a checkpoint folder that is gone is made again; the run can be resumed', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer, pipeline } = await startRun(
      { trainer: { startPaused: true, maxSteps: 6 }, checkpoint: { everySteps: 2 } },
      { runDir },
    );
    const found = failures(trainer);
    await inState(trainer, 'paused');
    trainer.checkpoint();
    await saved(trainer, 0);
    rmSync(path.join(runDir, 'checkpoints'), { recursive: true });
    trainer.resume();
    expect(await trainer.done).toMatchObject({ checkpoint: 'checkpoints/step-000000006.ckpt' });
    expect([found, checkpointsOf(runDir).at(-1)]).toEqual([[], 'step-000000006.ckpt']);
    const before = pipeline.values();
    const next = await startRun({ trainer: { startPaused: true } }, { runDir, resume: true });
    await inState(next.trainer, 'paused');
    expect(next.pipeline.values()).toEqual(before);
    next.trainer.resume();
    await next.trainer.done;
    expect(next.pipeline.values()).toEqual(await undisturbedValues());
  });

  it('[RF7] without its newest checkpoint a run goes on from the one before', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const first = await startRun({ trainer: { startPaused: true, maxSteps: 6 } }, { runDir });
    await inState(first.trainer, 'paused');
    for (let step = 1; step <= 2; step++) {
      first.trainer.stepOnce();
      await firstValueFrom(first.trainer.status$.pipe(filter((status) => status.step === step)));
      first.trainer.checkpoint();
      await saved(first.trainer, step);
    }
    rmSync(path.join(runDir, 'checkpoints', 'step-000000002.ckpt'));
    first.trainer.stop();
    await first.trainer.done;
    rmSync(path.join(runDir, 'checkpoints', 'step-000000002.ckpt'));
    const { trainer, pipeline } = await startRun({}, { runDir, resume: true });
    await trainer.done;
    expect(pipeline.calls.trainSteps[0]).toBe(2);
    expect(pipeline.values()).toEqual(await undisturbedValues());
  });
});

describe('a clock that is set back', () => {
  it('[TR25] changes nothing that is computed or saved, and the run can be resumed', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    let time = Date.now();
    const clock = {
      now: () => {
        time -= 3_600_000;
        return time;
      },
      monotonic: () => performance.now(),
    };
    const { trainer } = await startRun({ trainer: { maxSteps: 6 } }, { runDir, clock });
    const { trainSeconds, wallSeconds, checkpoint } = await trainer.done;
    expect(checkpoint).toBe('checkpoints/step-000000006.ckpt');
    expect(trainSeconds).toBeGreaterThan(0);
    expect(wallSeconds).toBeGreaterThanOrEqual(trainSeconds);
    const next = await startRun({}, { runDir, clock, resume: true });
    expect((await next.trainer.done).trainSeconds).toBeGreaterThan(trainSeconds);
    expect(next.pipeline.values()).toEqual(await undisturbedValues());
  });
});
