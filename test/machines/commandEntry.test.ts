/** Everything that somebody can tell a run, wherever it enters. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandNames, commands } from '../../machines/commands.ts';
import type { Trainer } from '../../machines/trainer.ts';
import type { TrainerEvent } from '../../machines/trainerEvents.ts';
import { CommandError, ConfigError } from '../../src/errors.ts';
import { inState, startRun, undisturbedValues } from '../support/trainerRuns.ts';

/** What is no command, and what is to be said of it. */
const bad: [unknown, RegExp][] = [
  [
    { type: 'trainer.setLearningRate', group: 'typo', factor: 1 },
    /no parameter group typo; groups: line, shift/,
  ],
  [{ type: 'trainer.setLearningRate', group: 'line', factor: -1 }, /factor must be a positive number/],
  [
    { type: 'trainer.setLearningRate', group: 'line', factor: Number.NaN },
    /factor must be a positive number/,
  ],
  [{ type: 'trainer.setLearningRate', group: 'line' }, /factor must be a positive number/],
  [{ type: 'trainer.evaluate', scope: 'some' }, /scope must be batch, image or all/],
  [{ type: 'trainer.evaluate' }, /scope must be batch, image or all/],
  [{ type: 'trainer.stop', reason: 'boredom' }, /reason must be stop or interrupt/],
  [{ type: 'trainer.pause', now: true }, /pause: has no argument now/],
  [{ type: 'trainer.render' }, /needs a view or a camera/],
  [{ type: 'trainer.render', camera: { width: 1e9 } }, /render: camera /],
  [{ type: 'trainer.dance' }, /unknown command "dance"; commands: pause, resume/],
  [{ type: 'step.completed', step: 99, trainSeconds: 0 }, /unknown command "step\.completed"/],
  [{ type: 'checkpoint.saved', step: 1 }, /unknown command/],
  [{ type: 'xstate.stop' }, /unknown command/],
  [{ type: 'xstate.done.actor.finish' }, /unknown command/],
  [{}, /unknown command/],
  [undefined, /unknown command/],
  ['trainer.pause', /unknown command/],
];

describe('[TR28] a command is checked where it enters', () => {
  it('sent to the machine: what is none is reported and left out; the run ends with the same bits', async () => {
    const reports: string[] = [];
    const log = { debug() {}, info() {}, warn() {}, error: (_: object, text: string) => reports.push(text) };
    const { trainer, pipeline } = await startRun({ trainer: { startPaused: true } }, { log });
    await inState(trainer, 'paused');
    for (const [event] of bad) trainer.actor.send(event as TrainerEvent);
    await new Promise((resolve) => setImmediate(resolve));
    expect(reports).toEqual(bad.map(([, reason]) => expect.stringMatching(reason)));
    expect(trainer.actor.getSnapshot().context).toMatchObject({ step: 0, stepsLeft: 0, ending: null });
    trainer.actor.send({ type: 'trainer.resume' });
    expect((await trainer.done).steps).toBe(10);
    expect(pipeline.values()).toEqual(await undisturbedValues());
  });

  it('as a message: rejected with ConfigError', async () => {
    const { trainer } = await startRun();
    for (const [event, reason] of bad) {
      const error: unknown = await trainer.perform(event as never).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(ConfigError);
      expect(error).toHaveProperty('message', expect.stringMatching(reason));
    }
    await trainer.perform({ type: 'trainer.stop' });
    expect((await trainer.done).status).toBe('stopped');
  });

  it('as a method: thrown as ConfigError', async () => {
    const { trainer } = await startRun();
    const calls: ((it: Trainer) => unknown)[] = [
      (it) => it.setLearningRate('typo', 1),
      (it) => it.setLearningRate('line', Number.POSITIVE_INFINITY),
      (it) => it.evaluate('some' as 'all'),
      (it) => it.stop('boredom' as 'stop'),
      (it) => it.render({ view: -1 }),
      (it) => it.render({}),
    ];
    for (const call of calls) expect(() => call(trainer)).toThrow(ConfigError);
    expect((await trainer.done).status).toBe('completed');
  });

  it('a machine that is stopped from outside leaves no lock', async () => {
    const runDir = path.join(await mkdtemp(path.join(tmpdir(), 'entry-')), 'run');
    const { trainer } = await startRun({ trainer: { startPaused: true } }, { runDir });
    await inState(trainer, 'paused');
    trainer.actor.stop();
    await expect(trainer.done).rejects.toBeInstanceOf(CommandError);
    expect(await readdir(runDir)).not.toContain('run.lock');
    await rm(path.dirname(runDir), { recursive: true });
  });
});

describe('the list of commands', () => {
  it('has a method of the trainer and a sentence of help for each', async () => {
    const { trainer } = await startRun();
    for (const name of commandNames) {
      expect(trainer[name]).toBeTypeOf('function');
      expect(commands[name].summary).toMatch(/^\w.+[^.]$/);
    }
    await trainer.done;
  });
});
