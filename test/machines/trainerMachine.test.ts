import { describe, expect, it } from 'vitest';
import { createActor, initialTransition, type SnapshotFrom, transition, waitFor } from 'xstate';
import type { TrainerInput } from '../../machines/trainerContext.ts';
import type { TrainerEvent } from '../../machines/trainerEvents.ts';
import { trainerMachine } from '../../machines/trainerMachine.ts';
import { NonFiniteError, UnwritableError } from '../../src/errors.ts';

type Snapshot = SnapshotFrom<typeof trainerMachine>;

const defaultInput: TrainerInput = {
  trainer: { maxSteps: 100, minSteps: 0, startPaused: false, onNonFinite: 'error' },
  evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
  checkpoint: { everySteps: 0 },
};

/** Events are what the actors and users send; `done.x` and `error.x` are the ends of invoked actors. */
type Said = TrainerEvent | { type: `xstate.${'done' | 'error'}.actor.${string}`; [key: string]: unknown };
const done = (actor: string, output?: unknown): Said => ({
  type: `xstate.done.actor.${actor}`,
  output,
  actorId: actor,
});
const failed = (actor: string, error: unknown): Said => ({
  type: `xstate.error.actor.${actor}`,
  error,
  actorId: actor,
});
const prepared = (step = 0, trainSeconds = 0): Said => done('prepare', { step, trainSeconds });
const step = (number: number, trainSeconds = number / 10): Said => ({
  type: 'step.completed',
  step: number,
  trainSeconds,
});
const pause: Said = { type: 'trainer.pause' };
const resume: Said = { type: 'trainer.resume' };
const stepOnce: Said = { type: 'trainer.stepOnce' };
const save: Said = { type: 'trainer.checkpoint' };
const stop: Said = { type: 'trainer.stop' };
const evaluate = (scope: 'batch' | 'image' | 'all'): Said => ({ type: 'trainer.evaluate', scope });
const saved: Said = { type: 'checkpoint.saved', step: 0 };

/** The states after each event, starting from the machine's first one. Nothing is run. */
function walk(
  events: readonly Said[],
  input: Partial<TrainerInput> = {},
): { states: string[]; last: Snapshot } {
  let [snapshot] = initialTransition(trainerMachine, { ...defaultInput, ...input });
  const states = [String(snapshot.value)];
  for (const event of events) {
    [snapshot] = transition(trainerMachine, snapshot, event as TrainerEvent);
    states.push(String(snapshot.value));
  }
  return { states, last: snapshot };
}

const trainer = (rest: Partial<TrainerInput['trainer']>) => ({
  trainer: { ...defaultInput.trainer, ...rest },
});

describe('the way through a run', () => {
  it('[TR1] prepares, trains, evaluates, saves, finishes, completes', () => {
    const events = [
      prepared(),
      step(1),
      step(2),
      done('evaluate'),
      done('takeCheckpoint'),
      saved,
      done('finish'),
    ];
    const { states, last } = walk(events, trainer({ maxSteps: 2 }));
    expect(states).toEqual([
      'preparing',
      'training',
      'training',
      'evaluating',
      'checkpointing',
      'finishing',
      'finishing',
      'completed',
    ]);
    expect(last.status).toBe('done');
  });

  it('[TR1] a run whose last step is done already is evaluated and saved again', () => {
    expect(walk([prepared(100)]).states.at(-1)).toBe('evaluating');
    expect(walk([prepared(100)]).last.context.evaluations).toEqual(['all']);
  });

  it('[TR8] evaluates and then saves on their intervals; the whole set replaces the single image', () => {
    const intervals = {
      evaluate: { batchEverySteps: 2, imageEverySteps: 2, allImagesEverySteps: 4 },
      checkpoint: { everySteps: 4 },
    };
    const atTwo = walk([prepared(1), step(2)], intervals).last.context;
    expect([atTwo.evaluations, atTwo.checkpointRequested]).toEqual([['batch', 'image'], false]);
    const { states, last } = walk(
      [prepared(3), step(4), done('evaluate'), done('evaluate'), done('takeCheckpoint')],
      intervals,
    );
    expect(states.slice(2)).toEqual(['evaluating', 'evaluating', 'checkpointing', 'training']);
    expect(last.context.evaluations).toEqual([]);
  });

  it('[TR8] does not evaluate again after a resume, or loop at one step', () => {
    const intervals = { evaluate: { batchEverySteps: 1, imageEverySteps: 0, allImagesEverySteps: 0 } };
    expect(walk([prepared(4)], intervals).states.at(-1)).toBe('training');
    expect(walk([prepared(4), step(5), done('evaluate')], intervals).states.at(-1)).toBe('training');
  });

  it.each([
    [{ stopAtStep: 2 }, 'stopped'],
    [{ stopAtStep: 2, maxSteps: 2 }, 'completed'],
  ] as const)('[TR35] with %o, step 2 is evaluated and saved, and the run ends as %s', (limits, ending) => {
    const events = [prepared(), step(1), step(2), done('evaluate'), done('takeCheckpoint'), done('finish')];
    const { states } = walk(events, trainer(limits));
    expect(states.slice(1)).toEqual([
      'training',
      'training',
      'evaluating',
      'checkpointing',
      'finishing',
      ending,
    ]);
  });

  it('[TR35] a session that begins at that step makes none', () => {
    expect(walk([prepared(2)], trainer({ stopAtStep: 2 })).states).toEqual(['preparing', 'evaluating']);
    expect(walk([prepared(2)], trainer({ stopAtStep: 3 })).states).toEqual(['preparing', 'training']);
  });

  it('[TR11] ends when the training time is up', () => {
    const { last } = walk([prepared(0, 58), step(1, 59.9), step(2, 60)], trainer({ maxSeconds: 60 }));
    expect([last.value, last.context.ending]).toEqual(['evaluating', 'completed']);
  });

  it.each([
    [2, 'training', null],
    [3, 'evaluating', 'completed'],
  ] as const)('[TR11] with minSteps 3 the time that is up ends step %i in %s', (steps, state, ending) => {
    const events = Array.from({ length: steps }, (_, k) => step(k + 1, 61 + k));
    const { last } = walk([prepared(0, 58), ...events], trainer({ maxSeconds: 60, minSteps: 3 }));
    expect([last.value, last.context.ending]).toEqual([state, ending]);
  });
});

describe('commands', () => {
  const table: [name: string, events: Said[], state: string][] = [
    ['[TR4] pause while training', [prepared(), pause], 'paused'],
    ['[TR4] pause, then resume', [prepared(), pause, resume], 'training'],
    ['[TR4] two quick pauses and one resume', [prepared(), pause, pause, resume], 'training'],
    ['[TR4] pause, resume, pause', [prepared(), pause, resume, pause], 'paused'],
    ['[TR6] one step from paused', [prepared(), pause, stepOnce, step(1)], 'paused'],
    ['[TR6] two step commands, one step made', [prepared(), pause, stepOnce, stepOnce, step(1)], 'training'],
    [
      '[TR6] two step commands, two made',
      [prepared(), pause, stepOnce, stepOnce, step(1), step(2)],
      'paused',
    ],
    ['[TR6] step while training', [prepared(), stepOnce, step(1)], 'paused'],
    ['[TR7] pause while preparing', [pause, prepared()], 'paused'],
    ['[TR7] pause and resume while preparing', [pause, resume, prepared()], 'training'],
    ['[TR7] save while preparing', [save, prepared()], 'checkpointing'],
    ['[TR7] pause while evaluating', [prepared(), evaluate('batch'), pause, done('evaluate')], 'paused'],
    ['[TR7] pause while saving', [prepared(), save, pause, done('takeCheckpoint')], 'paused'],
    ['[TR7] save while evaluating', [prepared(), evaluate('all'), save, done('evaluate')], 'checkpointing'],
    [
      '[TR7] evaluate while saving',
      [prepared(), save, evaluate('image'), done('takeCheckpoint')],
      'evaluating',
    ],
    ['[TR7] evaluate while paused', [prepared(), pause, evaluate('all')], 'evaluating'],
    ['[TR7] back to paused afterwards', [prepared(), pause, evaluate('all'), done('evaluate')], 'paused'],
    ['[TR9] stop while training', [prepared(), stop], 'checkpointing'],
    ['[TR9] stop while paused', [prepared(), pause, stop], 'checkpointing'],
    ['[TR9] stop while evaluating', [prepared(), evaluate('all'), stop], 'checkpointing'],
    ['[TR9] stop while preparing', [stop, prepared()], 'checkpointing'],
    ['[TR9] stop, saved', [prepared(), stop, done('takeCheckpoint')], 'finishing'],
    ['[TR9] stopped', [prepared(), stop, done('takeCheckpoint'), done('finish')], 'stopped'],
    ['[TR9] stop while finishing changes nothing', [failed('prepare', 1), stop, done('finish')], 'failed'],
  ];
  it.each(table)('%s', (_name, events, state) => {
    expect(walk(events).states.at(-1)).toBe(state);
  });

  it('[TR7] waiting evaluations of one scope are made once', () => {
    const { last } = walk([evaluate('all'), evaluate('batch'), evaluate('all'), prepared()]);
    expect(last.context.evaluations).toEqual(['all', 'batch']);
  });

  it('[TR9] a stop leaves out evaluations that wait, and keeps the reason', () => {
    const interrupt: Said = { type: 'trainer.stop', reason: 'interrupt' };
    const { context } = walk([prepared(), evaluate('all'), evaluate('batch'), interrupt]).last;
    expect([context.evaluations, context.ending]).toEqual([[], 'interrupted']);
  });

  it('[TR12] starts paused', () => {
    expect(walk([prepared()], trainer({ startPaused: true })).states.at(-1)).toBe('paused');
    expect(walk([prepared(), stepOnce, step(1)], trainer({ startPaused: true })).states.at(-1)).toBe(
      'paused',
    );
  });

  it('[TR17] a request that comes while a checkpoint is written waits for it', () => {
    const writing = [prepared(), save, done('takeCheckpoint'), save, save, step(1)];
    expect(walk(writing).states.at(-1)).toBe('training');
    expect(walk([...writing, saved]).states.at(-1)).toBe('checkpointing');
    expect(walk([...writing, saved, done('takeCheckpoint'), saved, step(2)]).states.at(-1)).toBe('training');
    expect(walk([...writing, stop]).states.at(-1)).toBe('checkpointing');
  });

  it('[TR3] within a step, everything waits for its end', () => {
    const gate = { open: false };
    const machine = trainerMachine.provide({ guards: { betweenSteps: () => gate.open } });
    let [snapshot] = initialTransition(machine, defaultInput);
    for (const event of [prepared(), pause, save, evaluate('all')])
      [snapshot] = transition(machine, snapshot, event as TrainerEvent);
    expect(snapshot.value).toBe('training');
    gate.open = true;
    const [next] = transition(machine, snapshot, step(1) as TrainerEvent);
    expect([next.value, next.context.step]).toEqual(['evaluating', 1]);
  });
});

describe('failures', () => {
  it('[TR13] a failing step or preparation ends the run as failed', () => {
    expect(walk([failed('prepare', new Error('no data')), done('finish')]).states.slice(1)).toEqual([
      'finishing',
      'failed',
    ]);
    const step4 = [prepared(3), failed('train', new Error('x'))];
    const saves = walk([...step4, done('takeCheckpoint'), saved, done('finish')]);
    expect(saves.states.slice(2)).toEqual(['checkpointing', 'finishing', 'finishing', 'failed']);
    expect(saves.last.context).toMatchObject({ step: 3, ending: 'failed', failure: 'x' });
    const notSaved = walk([...step4, failed('takeCheckpoint', new Error('y')), done('finish')]);
    expect(notSaved.states.slice(2)).toEqual(['checkpointing', 'finishing', 'failed']);
    expect(notSaved.last.context.failure).toBe('x');
    expect(walk([...step4, done('takeCheckpoint'), failed('finish', 2)]).states.at(-1)).toBe('failed');
  });

  it('[TR13] a step that failed while it changed the state is not saved', () => {
    const machine = trainerMachine.provide({ guards: { isWhole: () => false } });
    let [snapshot] = initialTransition(machine, defaultInput);
    for (const event of [prepared(3), failed('train', new Error('x'))])
      [snapshot] = transition(machine, snapshot, event as TrainerEvent);
    expect(snapshot.value).toBe('finishing');
  });

  it('[TR13] a failed run stays one, whatever is said while it is saved', () => {
    const failing = [prepared(3), failed('train', new Error('x')), stop, pause, evaluate('batch'), resume];
    const { states } = walk([...failing, done('takeCheckpoint'), done('takeCheckpoint'), done('evaluate')]);
    expect(states.at(-1)).not.toBe('training');
    const { last } = walk([
      ...failing.slice(0, 3),
      done('takeCheckpoint'),
      done('takeCheckpoint'),
      done('finish'),
    ]);
    expect(last.value).toBe('failed');
  });

  it('[TR14] a failing evaluation does not end the run, unless it is the last one', () => {
    expect(walk([prepared(), evaluate('all'), failed('evaluate', 1)]).states.at(-1)).toBe('training');
    const last = [prepared(99), step(100), failed('evaluate', 1), done('takeCheckpoint'), done('finish')];
    expect(walk(last).states.slice(2)).toEqual(['evaluating', 'checkpointing', 'finishing', 'failed']);
  });

  it('[TR15] a checkpoint that fails does not end the run', () => {
    const copied = [prepared(), save, done('takeCheckpoint')];
    const notWritten: Said = { type: 'checkpoint.failed', error: new Error('disk full') };
    expect(walk([...copied, notWritten]).states.at(-1)).toBe('training');
    expect(walk([...copied, notWritten, save]).states.at(-1)).toBe('checkpointing');
    expect(walk([prepared(), save, failed('takeCheckpoint', 1)]).states.at(-1)).toBe('training');
  });

  it('[TR15] the last checkpoint that fails does', () => {
    const last = [prepared(99), step(100), done('evaluate'), failed('takeCheckpoint', new Error('no state'))];
    const { states, last: end } = walk([...last, done('finish')]);
    expect(states.slice(3)).toEqual(['checkpointing', 'finishing', 'failed']);
    expect(end.context.failure).toBe('no state');
    expect(walk([prepared(), stop, failed('takeCheckpoint', 1), done('finish')]).states.at(-1)).toBe(
      'failed',
    );
  });

  it('[TR24] a stop that comes while the state is copied saves once more, and waits for it', () => {
    const stopped = [prepared(), save, stop, done('takeCheckpoint')];
    expect(walk(stopped).states.slice(-2)).toEqual(['checkpointing', 'checkpointing']);
    const noRoom: Said = { type: 'checkpoint.failed', error: new UnwritableError('full') };
    const held = [...stopped, noRoom, failed('takeCheckpoint', new UnwritableError('full'))];
    expect(walk(held).states.at(-1)).toBe('paused');
    expect(walk([...held, stop, failed('takeCheckpoint', 1), done('finish')]).states.at(-1)).toBe('failed');
    expect(walk([...stopped, done('takeCheckpoint'), saved, done('finish')]).states.at(-1)).toBe('stopped');
  });

  it('[TR24] holds when a checkpoint finds no room, and saves when it is to go on', () => {
    const noRoom: Said = { type: 'checkpoint.failed', error: new UnwritableError('full') };
    const held = [prepared(), save, done('takeCheckpoint'), step(1), noRoom];
    expect(walk(held).states.at(-1)).toBe('paused');
    expect(walk([...held, evaluate('batch')]).states.at(-1)).toBe('paused');
    const goesOn = walk([...held, resume, done('takeCheckpoint'), saved]);
    expect(goesOn.states.slice(-3)).toEqual(['checkpointing', 'training', 'training']);
    expect(walk([...held, save, done('takeCheckpoint'), saved]).states.at(-1)).toBe('paused');
    const onceMore = [...held, stepOnce, done('takeCheckpoint'), saved, step(2)];
    expect(walk(onceMore).states.at(-1)).toBe('paused');
  });

  it('[TR24] holds at the end, too; a stop is the last try', () => {
    const noRoom = failed('takeCheckpoint', new UnwritableError('full'));
    const held = [prepared(99), step(100), done('evaluate'), noRoom];
    expect(walk(held).states.slice(-2)).toEqual(['checkpointing', 'paused']);
    const saves = [...held, resume, done('takeCheckpoint'), saved, done('finish')];
    expect(walk(saves).states.at(-1)).toBe('completed');
    expect(walk([...held, resume, noRoom]).states.at(-1)).toBe('paused');
    expect(walk([...held, stop, noRoom]).states.slice(-2)).toEqual(['checkpointing', 'finishing']);
    const picture = failed('evaluate', new Error('x', { cause: { code: 'ENOSPC' } }));
    const full = failed('evaluate', Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    expect(walk([prepared(99), step(100), full, resume]).states.slice(-2)).toEqual(['paused', 'evaluating']);
    expect(walk([prepared(99), step(100), picture]).states.at(-1)).toBe('checkpointing');
  });

  it('[TR16] goes back after a non-finite step, five times', () => {
    const policy = trainer({ onNonFinite: 'rollback' });
    const nonFinite = failed('train', new NonFiniteError(3, 'the loss'));
    const once = [nonFinite, prepared()];
    expect(walk([prepared(), nonFinite], policy).states.at(-1)).toBe('preparing');
    const five = Array.from({ length: 5 }, () => once).flat();
    expect(walk([prepared(), ...five], policy).states.at(-1)).toBe('training');
    const endOf = (...args: Parameters<typeof walk>) => walk(...args).last.context.ending;
    expect(endOf([prepared(), ...five], policy)).toBe(null);
    expect(endOf([prepared(), ...five, nonFinite], policy)).toBe('failed');
    expect(endOf([prepared(), nonFinite])).toBe('failed');
    expect(endOf([prepared(), failed('train', new Error('other'))], policy)).toBe('failed');
  });
});

describe('the chart', () => {
  it('[TR18] keeps context and events as plain JSON', () => {
    const { last } = walk([prepared(), step(1), evaluate('all'), save], { ...defaultInput });
    expect(JSON.parse(JSON.stringify(last.context))).toEqual(last.context);
  });

  it('describes every state', () => {
    for (const state of Object.values(trainerMachine.states))
      expect(state.description, `state ${state.key}`).toMatch(/\w.+\./);
  });

  it('fails when it is run without the actors that createTrainer provides', async () => {
    const actor = createActor(trainerMachine, { input: defaultInput }).start();
    const end = await waitFor(actor, ({ status }) => status === 'done');
    expect(end.value).toBe('failed');
  });
});
