/** A run whose folder another process takes over, as happens to one that was suspended where a shared folder is used. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunFolderError } from '../../src/errors.ts';
import { defineSink } from '../../streams/defineSink.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { inState, startRun } from '../support/trainerRuns.ts';

/** Overwrites the lock, as a process on another computer does. */
function takeOver(runDir: string): void {
  const thief = { pid: 7, began: '1', place: 'another computer', id: 'thief' };
  writeFileSync(path.join(runDir, 'run.lock'), JSON.stringify(thief));
}

const filesIn = (runDir: string) => (readdirSync(runDir, { recursive: true }) as string[]).sort();

describe('a run folder that is taken over', () => {
  it('[RF3] ends a paused run, which writes nothing more, and leaves the lock to its new holder', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const written: string[] = [];
    const sink = defineSink({
      name: 'late',
      batch: { everyMs: 60_000 },
      write: (events) => void written.push(...events.map(({ tag }) => tag)),
    });
    const { trainer } = await startRun({ trainer: { startPaused: true } }, { runDir, sinks: [sink] });
    await inState(trainer, 'paused');
    takeOver(runDir);
    const before = filesIn(runDir);
    await expect(trainer.done).rejects.toThrow(RunFolderError);
    await expect(trainer.done).rejects.toThrow('was taken over by another process');
    expect(trainer.actor.getSnapshot().value).toBe('failed');
    expect(filesIn(runDir)).toEqual(before);
    expect(readFileSync(path.join(runDir, 'run.lock'), 'utf8')).toContain('thief');
    expect(written).toEqual([]);
  });

  it('[RF3] is noticed before a checkpoint is written', async () => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer } = await startRun({ trainer: { startPaused: true } }, { runDir });
    await inState(trainer, 'paused');
    takeOver(runDir);
    trainer.stepOnce();
    trainer.checkpoint();
    await expect(trainer.done).rejects.toThrow('was taken over by another process');
    expect(readdirSync(path.join(runDir, 'checkpoints'))).toEqual([]);
    expect(existsSync(path.join(runDir, 'summary.json'))).toBe(false);
  });
});
