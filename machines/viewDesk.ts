/** Who looks at a run, at what, and what they are shown next: the live side of the machine's notes on viewing. */
import { ConfigError } from '../src/errors.ts';
import type { RenderedImage, RenderRequest } from '../src/pipeline/pipeline.ts';
import { completeCamera } from '../src/pipeline/renderCamera.ts';
import type { TaskSubject } from './commandActions.ts';
import type { LooksChanged, ViewDrawn } from './trainerEvents.ts';

/** What somebody looks at, under a number of his own. */
export interface View extends RenderRequest {
  readonly serial: number;
}

/** A picture for a visitor, or why there is none. Plain data. */
export type ViewedPicture =
  | {
      readonly visitor: number;
      readonly serial: number;
      readonly step: number;
      readonly image: RenderedImage;
      /** It has the size that was asked for; others are smaller. */
      readonly isSharp: boolean;
      /** What drawing it took. */
      readonly milliseconds: number;
      /** The same with what was left out for it: all that the training stood still. */
      readonly stoodStillMs: number;
    }
  | { readonly visitor: number; readonly serial: number; readonly error: string };

/** What visitors can do, whatever it is that draws. */
export interface Viewer {
  /** The visitor looks at this from now on, whatever was drawn of what was before; undefined: at nothing. */
  look(visitor: number, view: View | undefined): void;
  /** The visitor has gone. */
  leave(visitor: number): void;
  /** The visitor has received a picture. Who has not said so of {@link mostUnseen} of them gets no more. */
  seen(visitor: number): void;
  /** So many milliseconds went into pictures beside their drawing, on the cores that train (encoding them): the next one counts as much longer. */
  spent(milliseconds: number): void;
  /** Of time while somebody flies: above 0, below 1. */
  setShare(share: number): void;
}

export interface ViewDesk extends Viewer {
  /** Draws the picture that is wanted most, one piece for each `next()`; returns what it took. A first picture that becomes wanted meanwhile takes the place of any other. */
  draw(subject: ViewSubject): Generator<unknown, ViewDrawn>;
}

/** What is looked at. */
export interface ViewSubject extends TaskSubject {
  /** Faster than `render`, and nearly as good: for first pictures of a run that trains. A picture as `render` has it follows when one rests. */
  readonly renderFast?: TaskSubject['render'];
}

export interface ViewDeskOptions {
  /** Told whenever the notes are others than before. */
  readonly onChange: (notes: LooksChanged) => void;
  readonly onPicture: (picture: ViewedPicture) => void;
  /** Milliseconds of a clock that only moves forward. */
  readonly now: () => number;
}

/** Pictures that may be on their way to a visitor: one is shown while the next one is drawn. */
const mostUnseen = 2;
/** What a first picture may take: it is as small as that needs. A tile of the picture before it, a training step and the encoding come on top. */
const firstPictureMs = 55;
/** Pixels of the very first picture, by which the model's speed is measured. */
const probePixels = 12_000;

/** What a fast picture shows: older than any step, so that another one follows. */
const ofNoStep = -1;

/** A visitor who looks at something. */
interface Looking {
  readonly visitor: number;
  readonly view: View;
  /** Of the size asked for, as shown; 0: nothing was. */
  shownScale: number;
  shownStep: number;
  /** When it was his turn last. */
  turn: number;
}

export function createViewDesk({ onChange, onPicture, now }: ViewDeskOptions): ViewDesk {
  const visitors = createVisitors(onChange);
  /** Milliseconds a pixel, by outputs: they differ in what they take. */
  const speeds = new Map<string, number>();
  /** Spent beside the drawing, and not counted yet. */
  let beside = 0;

  /** @returns whether there is a picture; it may have been left out */
  function* drawFor(one: Looking, subject: ViewSubject, began: number): Generator<unknown, boolean> {
    const { visitor, view } = one;
    const { serial, camera, outputs, background, crop } = view;
    const isFirst = one.shownScale === 0;
    const speed = outputs.join();
    const scale = nextScale(one, speeds.get(speed));
    const isFast = isFirst && subject.renderFast !== undefined;
    const render = isFast ? subject.renderFast : subject.render;
    if (!render) throw new ConfigError('this pipeline cannot render images');
    const started = now();
    const work = render({
      ...{ camera: completeCamera(camera, scale), outputs },
      ...(background && { background }),
      ...(crop && { crop }),
    });
    const image = yield* finishing(work, () => visitors.isLooking(one, isFirst));
    if (!image) return false;
    const { step } = subject;
    const ended = now();
    const milliseconds = ended - started;
    speeds.set(speed, milliseconds / (image.width * image.height));
    visitors.noteShown(one, scale, isFast ? ofNoStep : step);
    const stoodStillMs = ended - began;
    onPicture({ visitor, serial, step, image, isSharp: scale === 1, milliseconds, stoodStillMs });
    return true;
  }

  return {
    look: visitors.look,
    leave: visitors.leave,
    seen: visitors.seen,
    setShare: visitors.setShare,
    spent(milliseconds) {
      beside += milliseconds;
    },
    *draw(subject) {
      const began = now();
      let first = 0;
      do {
        const one = visitors.next(subject.step);
        if (!one) break;
        const isFirst = one.shownScale === 0;
        const started = now();
        try {
          const isDrawn = yield* drawFor(one, subject, began);
          if (isFirst && isDrawn) first = now() - started + beside;
          if (isDrawn) break;
        } catch (error) {
          visitors.dismiss(one);
          const { visitor, view } = one;
          const reason = error instanceof Error ? error.message : String(error);
          onPicture({ visitor, serial: view.serial, error: reason });
        }
      } while (visitors.waitForFirst());
      visitors.tell();
      const milliseconds = now() - began + beside;
      beside = 0;
      return { type: 'view.drawn', milliseconds, first };
    },
  };
}

/** The work to its end, or undefined: it is left when it is not worth its time any more, and when this is left. */
function* finishing<Result>(
  work: Generator<unknown, Result>,
  isWorthIt: () => boolean,
): Generator<unknown, Result | undefined> {
  try {
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
      yield;
      if (!isWorthIt()) return undefined;
    }
  } finally {
    work.return(undefined as never);
  }
}

/** Who looks, and whose turn it is. `onChange` is told when what they want has changed. */
function createVisitors(onChange: (notes: LooksChanged) => void) {
  const looking = new Map<number, Looking>();
  /** Pictures that are on their way, also to those who look away for a moment. */
  const unseen = new Map<number, number>();
  let share = 0.5;
  let turns = 0;
  let told: LooksChanged = { type: 'looks.changed', wanted: null, oldestStep: null, share };

  const ready = (): Looking[] =>
    [...looking.values()].filter(({ visitor }) => (unseen.get(visitor) ?? 0) < mostUnseen);
  const waitForFirst = (): boolean => ready().some(({ shownScale }) => shownScale === 0);

  const tell = (): void => {
    const waiting = ready();
    const isCoarse = waiting.some(({ shownScale }) => shownScale > 0 && shownScale < 1);
    const steps = waiting.filter(({ shownScale }) => shownScale === 1).map(({ shownStep }) => shownStep);
    const wanted = waitForFirst() ? 'first' : isCoarse ? 'sharper' : null;
    const oldestStep = steps.length > 0 ? Math.min(...steps) : null;
    if (wanted === told.wanted && oldestStep === told.oldestStep && share === told.share) return;
    told = { type: 'looks.changed', wanted, oldestStep, share };
    onChange(told);
  };

  return {
    tell,
    waitForFirst,
    look(visitor: number, view: View | undefined): void {
      const turn = looking.get(visitor)?.turn ?? turns;
      if (view) looking.set(visitor, { visitor, view, shownScale: 0, shownStep: ofNoStep, turn });
      else looking.delete(visitor);
      tell();
    },
    leave(visitor: number): void {
      looking.delete(visitor);
      unseen.delete(visitor);
      tell();
    },
    seen(visitor: number): void {
      const left = (unseen.get(visitor) ?? 0) - 1;
      if (left > 0) unseen.set(visitor, left);
      else unseen.delete(visitor);
      tell();
    },
    setShare(value: number): void {
      share = value;
      tell();
    },
    /** Whose turn it is: first pictures, then sharper ones, then those of newer steps; among equals who has waited longest. */
    next(step: number): Looking | undefined {
      const rank = ({ shownScale, shownStep }: Looking) =>
        shownScale === 0 ? 0 : shownScale < 1 ? 1 : shownStep !== step ? 2 : 3;
      const [best] = ready().sort((a, b) => rank(a) - rank(b) || a.turn - b.turn);
      if (!best || rank(best) === 3) return undefined;
      best.turn = ++turns;
      return best;
    },
    /** Whether a picture is still worth its time. Who flies sees the first ones, old as they are: else he would see none. */
    isLooking(one: Looking, isFirst: boolean): boolean {
      const current = looking.get(one.visitor);
      return current !== undefined && (isFirst || (current === one && !waitForFirst()));
    },
    noteShown(one: Looking, scale: number, step: number): void {
      const current = looking.get(one.visitor);
      if (!current) return;
      unseen.set(one.visitor, (unseen.get(one.visitor) ?? 0) + 1);
      if (current === one) Object.assign(current, { shownScale: scale, shownStep: step });
    },
    dismiss(one: Looking): void {
      if (looking.get(one.visitor) === one) looking.delete(one.visitor);
    },
  };
}

/** The first picture is as large as its time allows, each one after it twice as large on a side; one of a newer step is whole at once. */
function nextScale({ view: { camera }, shownScale }: Looking, msPerPixel: number | undefined): number {
  if (shownScale > 0) return Math.min(1, 2 * shownScale);
  const pixels = msPerPixel === undefined ? probePixels : firstPictureMs / msPerPixel;
  return Math.min(1, Math.sqrt(pixels / (camera.width * camera.height)));
}
