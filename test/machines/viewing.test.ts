/** Those who look at a run: what they are shown and when, and that the training does not notice. */
import { beforeAll, describe, expect, it } from 'vitest';
import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import type { Trainer } from '../../machines/trainer.ts';
import type { TrainerEvent, WantedView } from '../../machines/trainerEvents.ts';
import { trainerMachine } from '../../machines/trainerMachine.ts';
import { createViewDesk, type View, type ViewedPicture } from '../../machines/viewDesk.ts';
import type { Clock } from '../../src/clock.ts';
import type { RenderedImage, RenderRequest } from '../../src/pipeline/pipeline.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { eventually } from '../support/eventually.ts';
import { type LinePipeline, linePipeline } from '../support/linePipeline.ts';
import { inState, startRun, undisturbedValues } from '../support/trainerRuns.ts';

type Snapshot = SnapshotFrom<typeof trainerMachine>;

describe('[TR32] the share of time', () => {
  const looks = (wanted: WantedView | null, share = 0.5, oldestStep: number | null = null): TrainerEvent => ({
    ...{ type: 'looks.changed', wanted, oldestStep, share },
  });
  const step = (number: number, trainSeconds: number): TrainerEvent => ({
    ...{ type: 'step.completed', step: number, trainSeconds },
  });
  const drawn = (milliseconds: number, first = milliseconds): TrainerEvent => ({
    ...{ type: 'view.drawn', milliseconds, first },
  });
  const done = (actor: string, output?: unknown) =>
    ({ type: `xstate.done.actor.${actor}`, output, actorId: actor }) as unknown as TrainerEvent;

  /** The states after each event of a run that has begun to train. */
  function walk(events: readonly TrainerEvent[]): string[] {
    let [snapshot]: [Snapshot, ...unknown[]] = initialTransition(trainerMachine, {
      trainer: { maxSteps: 10, minSteps: 0, startPaused: false, onNonFinite: 'error' },
      evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
      checkpoint: { everySteps: 0 },
    });
    const take = (event: TrainerEvent) => {
      [snapshot] = transition(trainerMachine, snapshot, event);
      return String(snapshot.value);
    };
    take(done('prepare', { step: 0, trainSeconds: 0 }));
    return events.map(take);
  }

  it('is taken back in training before the next picture: as much as was drawn, with half for each, and a bit more as steps take longer beside pictures', () => {
    const events = [looks('first'), drawn(100), done('view'), step(1, 0.114), step(2, 0.115)];
    expect(walk(events)).toEqual(['viewing', 'viewing', 'training', 'training', 'viewing']);
  });

  it('is obeyed over many pictures, whatever steps take: 100 ms of pictures for 115 of training', () => {
    const flight: number[] = [];
    const events = [looks('first'), drawn(100), done('view')];
    for (let number = 1; number < 10; number++) {
      events.push(step(number, 0.07 * number));
      // Who was drawn for looks elsewhere at once.
      if (walk(events).at(-1) !== 'viewing') continue;
      events.push(drawn(100), done('view'));
      flight.push(number);
    }
    // 0.115, 0.23, 0.345, 0.46 and 0.575 s have passed after so many steps; two steps for each picture would be 0.14.
    expect(flight).toEqual([2, 4, 5, 7, 9]);
  });

  it('that nobody used is not saved up: after a rest two pictures come at once, and no more', () => {
    const events = [looks('first'), drawn(100), done('view'), looks(null), step(1, 10), looks('first')];
    const flight = [...events, drawn(100), done('view'), drawn(100), done('view')];
    expect(walk(flight).slice(5)).toEqual(['viewing', 'viewing', 'viewing', 'viewing', 'training']);
  });

  it('of a quarter costs three times as much training', () => {
    const events = [looks('first', 0.25), drawn(100), done('view'), step(1, 0.344), step(2, 0.3451)];
    expect(walk(events).slice(2)).toEqual(['training', 'training', 'viewing']);
  });

  it('is not owed for an hour that the computer slept while a first picture was drawn: a second of it counts', () => {
    const events = [looks('first'), drawn(3_600_000), done('view'), step(1, 1.1), step(2, 1.15)];
    expect(walk(events).slice(-2)).toEqual(['training', 'viewing']);
  });

  it('one who moves does not wait for what the sharp picture took', () => {
    const sharp = [looks('first'), drawn(50), done('view'), looks('sharper'), step(1, 0.058), drawn(1000, 0)];
    expect(walk([...sharp, done('view'), step(2, 0.1)]).slice(4)).toEqual([
      ...['viewing', 'viewing', 'training', 'training'],
    ]);
    expect(walk([...sharp, done('view'), looks('first')]).at(-1)).toBe('viewing');
  });

  it('of one who rests is 3 percent: 1.15 * 1.94 s of training for a picture of 60 ms, and 1.5 s for a faster one', () => {
    const rests = (milliseconds: number) => [
      ...[looks('first'), drawn(milliseconds), done('view'), looks(null, 0.5, 0)],
    ];
    const waited = ['training', 'training', 'viewing'];
    expect(walk([...rests(60), step(1, 2.23), step(2, 2.232)]).slice(3)).toEqual(waited);
    expect(walk([...rests(3), step(1, 1.49), step(2, 1.5)]).slice(3)).toEqual(waited);
  });

  it('is all of it while the run is paused; what was seen is not drawn again', () => {
    const pause: TrainerEvent = { type: 'trainer.pause' };
    const events = [looks('first'), pause, looks(null, 0.5, 0), drawn(100), done('view'), looks('first')];
    expect(walk(events).slice(3)).toEqual(['viewing', 'paused', 'viewing']);
  });

  it('is nothing at the end of a run, and a stop leaves a picture out', () => {
    expect(walk([looks('first'), drawn(100), done('view'), step(10, 1)]).at(-1)).toBe('evaluating');
    expect(walk([looks('first'), { type: 'trainer.stop' }]).at(-1)).toBe('checkpointing');
  });
});

const camera = { cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], width: 200, height: 100, fx: 4, fy: 4 };
const viewAt = (serial: number, outputs = ['rgb']): View => ({ serial, camera, outputs });

interface Stage {
  readonly pipeline: LinePipeline;
  readonly clock: Clock & { milliseconds: number };
}

/** A model that takes 0.02 ms a pixel, so that the whole view takes 400 ms, by a clock that nothing else moves. `at` is told of each ten rows. */
function slowStage(at: (row: number, height: number) => void = () => {}): Stage {
  const pipeline = linePipeline();
  const clock = { milliseconds: 0, now: () => 0, monotonic: () => clock.milliseconds };
  function* render({ camera: { width, height }, outputs }: RenderRequest): Generator<number, RenderedImage> {
    if (outputs.includes('nothing')) throw new Error('no such output');
    const data = new Uint8Array(width * height).fill(pipeline.calls.commits.length);
    for (let row = 0; row < height; row += 10) {
      clock.milliseconds += 0.02 * width * Math.min(10, height - row);
      at(row, height);
      yield Math.min(1, (row + 10) / height);
    }
    const image = { channels: 1, data };
    return { width, height, outputs: Object.fromEntries(outputs.map((name) => [name, image])) };
  }
  return { pipeline: Object.assign(pipeline, { render }), clock };
}

async function start({ pipeline, clock }: Stage, trainer: object = {}): Promise<Trainer> {
  return (await startRun({ trainer: { maxSteps: 10, ...trainer } }, { pipeline, clock })).trainer;
}

/** All pictures that come, each seen as it comes. */
function watch({ viewer }: Trainer): ViewedPicture[] {
  const pictures: ViewedPicture[] = [];
  viewer.pictures$.subscribe((picture) => {
    pictures.push(picture);
    queueMicrotask(() => viewer.seen(picture.visitor));
  });
  return pictures;
}

/** The first so many pictures. */
const first = (count: number, pictures: readonly ViewedPicture[]) =>
  eventually(() => {
    if (pictures.length < count) throw new Error(`${pictures.length} pictures`);
    return pictures;
  });

beforeAll(cpuEngine);

describe('[TR32] one who looks', () => {
  it('at a slow model sees a coarse picture within 55 ms, and ever sharper ones while he rests', async () => {
    const trainer = await start(slowStage(), { startPaused: true });
    const pictures = watch(trainer);
    await inState(trainer, 'paused');
    trainer.viewer.look(1, viewAt(7));
    await first(2, pictures);
    // How fast the model is shows with the first one, of 12,000 pixels.
    trainer.viewer.look(1, viewAt(8));
    await first(5, pictures);
    const drawn = pictures.map((one) => 'image' in one && [one.serial, one.image.width, one.image.height]);
    expect(drawn).toEqual([
      ...[
        [7, 155, 77],
        [7, 200, 100],
      ],
      // sqrt(55 ms / 400 ms) = 0.371
      ...[
        [8, 74, 37],
        [8, 148, 74],
        [8, 200, 100],
      ],
    ]);
    expect(pictures.map((one) => 'image' in one && one.isSharp)).toEqual([false, true, false, false, true]);
    expect('image' in pictures[2]! && pictures[2].milliseconds).toBeCloseTo(74 * 37 * 0.02);
    trainer.stop();
    await trainer.done;
  });

  it('and moves leaves the sharp picture behind; of many places only the newest is drawn', async () => {
    const seen: { trainer?: Trainer } = {};
    const stage = slowStage((row, height) => {
      if (height === 100 && row === 30)
        for (let serial = 2; serial <= 9; serial++) seen.trainer?.viewer.look(1, viewAt(serial, ['depth']));
    });
    const trainer = await start(stage, { startPaused: true });
    seen.trainer = trainer;
    const pictures = watch(trainer);
    await inState(trainer, 'paused');
    trainer.viewer.look(1, viewAt(1));
    const [coarse, moved] = await first(2, pictures);
    expect([coarse?.serial, moved?.serial]).toEqual([1, 9]);
    // Forty rows of the sharp picture were in vain.
    if (!moved || !('image' in moved)) throw new Error('no picture');
    expect(moved.stoodStillMs - moved.milliseconds).toBeCloseTo(40 * 200 * 0.02);
    trainer.stop();
    await trainer.done;
  });

  it('and never says that he saw anything is sent two pictures', async () => {
    const stage = slowStage();
    const trainer = await start(stage);
    const serials: number[] = [];
    trainer.viewer.pictures$.subscribe(({ serial }) => serials.push(serial));
    let serial = 0;
    trainer.metrics$.subscribe(() => {
      trainer.viewer.look(1, viewAt(++serial));
      stage.clock.milliseconds += 100;
    });
    await trainer.done;
    expect(serial).toBeGreaterThan(10);
    expect(serials).toHaveLength(2);
  });

  it('at what there is not is told so once; others see on', async () => {
    const trainer = await start(slowStage(), { startPaused: true });
    const pictures = watch(trainer);
    trainer.viewer.look(1, viewAt(1, ['nothing']));
    trainer.viewer.look(2, viewAt(5));
    await inState(trainer, 'paused');
    await first(3, pictures);
    expect(pictures[0]).toEqual({ visitor: 1, serial: 1, error: 'no such output' });
    expect(pictures.slice(1).map(({ visitor }) => visitor)).toEqual([2, 2]);
    trainer.stop();
    await trainer.done;
  });

  it('gets one turn after the other with everybody else', async () => {
    const trainer = await start(slowStage(), { startPaused: true });
    const pictures = watch(trainer);
    for (const visitor of [1, 2, 3]) trainer.viewer.look(visitor, viewAt(visitor));
    await inState(trainer, 'paused');
    const sharp = () => pictures.filter((one) => 'isSharp' in one && one.isSharp);
    await eventually(() => expect(sharp()).toHaveLength(3));
    expect(pictures.slice(0, 3).map(({ visitor }) => visitor)).toEqual([1, 2, 3]);
    expect(new Set(sharp().map(({ visitor }) => visitor))).toEqual(new Set([1, 2, 3]));
    trainer.stop();
    await trainer.done;
  });
});

it('[TR33] a run that is looked at ends with the bits of one that is not, and the status says nothing of it', async () => {
  const stage = slowStage();
  const trainer = await start(stage, { maxSteps: 30 });
  const pictures = watch(trainer);
  const states = new Set<string>();
  trainer.status$.subscribe(({ state }) => states.add(state));
  let serial = 0;
  trainer.metrics$.subscribe(({ tag }) => {
    if (tag === 'train/loss') trainer.viewer.look(1, viewAt(++serial));
    stage.clock.milliseconds += 100;
  });
  await trainer.done;
  expect(pictures.length).toBeGreaterThan(10);
  for (const one of pictures)
    if ('image' in one) expect(new Set(one.image.outputs['rgb']?.data)).toEqual(new Set([one.step]));
  expect(states).not.toContain('viewing');
  expect(stage.pipeline.values()).toEqual(await undisturbedValues({ trainer: { maxSteps: 30 } }));
});

describe('[TR32] what a picture costs', () => {
  function draw(isHeld: boolean) {
    const { pipeline, clock } = slowStage();
    const rendered: string[] = [];
    const rendering = (name: string) => (request: RenderRequest) => {
      rendered.push(name);
      return pipeline.render!(request);
    };
    const oldest: (number | null)[] = [];
    const desk = createViewDesk({
      onChange: ({ oldestStep }) => oldest.push(oldestStep),
      onPicture: () => {
        clock.milliseconds += 2;
      },
      now: clock.monotonic,
    });
    const small = { ...camera, width: 20, height: 10 };
    const subject = {
      ...{ step: 7, render: rendering('averages') },
      ...(!isHeld && { renderFast: rendering('trained') }),
    };
    const next = () => {
      const work = desk.draw(subject);
      let turn = work.next();
      while (!turn.done) turn = work.next();
      desk.seen(1);
      return turn.value;
    };
    return { desk, small, next, rendered, oldest };
  }
  const drawn = (milliseconds: number, first = milliseconds) => ({
    ...{ type: 'view.drawn', milliseconds, first },
  });

  it('is all that the training stands still for, and what was spent beside it, once', () => {
    const { desk, small, next } = draw(true);
    desk.look(1, { serial: 1, camera: small, outputs: ['rgb'] });
    // 200 pixels of 0.02 ms, and 2 ms until it is on its way.
    expect(next()).toEqual(drawn(6));
    desk.spent(3);
    desk.spent(1.5);
    desk.look(1, { serial: 2, camera: small, outputs: ['rgb'] });
    expect(next()).toEqual(drawn(10.5));
    desk.look(1, { serial: 3, camera: small, outputs: ['rgb'] });
    expect(next()).toEqual(drawn(6));
  });

  it('is less for the first one of a run that trains: it is of the parameters as they are, and one of the averages follows', () => {
    const { desk, small, next, rendered, oldest } = draw(false);
    desk.look(1, { serial: 1, camera: small, outputs: ['rgb'] });
    next();
    expect(oldest.at(-1)).toBe(-1);
    expect(next()).toEqual(drawn(6, 0));
    expect([rendered, oldest.at(-1)]).toEqual([['trained', 'averages'], 7]);
  });
});

it('[TR33] a run that nobody looks at never comes into viewing', async () => {
  const trainer = await start(slowStage());
  const states = new Set<unknown>();
  trainer.actor.subscribe(({ value }) => states.add(value));
  trainer.viewer.look(1, viewAt(1));
  trainer.viewer.look(1, undefined);
  await trainer.done;
  expect(states).not.toContain('viewing');
});
