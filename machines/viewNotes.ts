/** What the machine remembers of those who look at the run, and when it may draw for them. Plain JSON, pure functions. */
import type { LooksChanged, ViewDrawn, WantedView } from './trainerEvents.ts';

/** What drawing took, and from when on in the run's training time it is trained for. */
interface ViewCost {
  readonly milliseconds: number;
  readonly trainSeconds: number;
}

export interface ViewNotes {
  /** Null: everybody has seen all there is of this step. */
  readonly wanted: WantedView | null;
  /** The step of the oldest picture that somebody has before them; null: nobody looks. */
  readonly oldestStep: number | null;
  /** Of time that viewing may take while somebody flies; training has the rest. */
  readonly share: number;
  /** The newest first picture. */
  readonly first: ViewCost;
  /** The newest time in `viewing`. */
  readonly last: ViewCost;
}

/** Of time that pictures of newer steps may take for those who look and do not move. */
const restingShare = 0.03;
/** Of training between two of these, at least. */
const restingSeconds = 1.5;

/**
 * So many times as long as alone do steps take beside pictures, about: these are encoded and shown on the same cores, and leave cold caches (measured with
 * instant-ngp: 7 to 25% longer). Training gets as much more time, so that half of the time for viewing leaves half of the steps.
 */
const stepsTakeLonger = 1.15;

/**
 * What a first picture counts as at most. It is made to take a twentieth of a second; one that took longer than this was drawn while the computer slept or the
 * process was stopped, and whoever looks is not to wait as long again.
 */
const mostFirstMilliseconds = 1000;

/** What of the machine's memory decides whether a picture is drawn. */
interface ViewedRun {
  readonly views: ViewNotes;
  readonly step: number;
  readonly trainSeconds: number;
  readonly stepsLeft: number | null;
}

const nothing: ViewCost = { milliseconds: 0, trainSeconds: 0 };
export const noViews: ViewNotes = {
  wanted: null,
  oldestStep: null,
  share: 0.5,
  first: nothing,
  last: nothing,
};

/**
 * Whether a picture is to be drawn at this step boundary. A run that trains gives viewing its share of the time: a picture of v ms is followed
 * by v (1 - share) / share ms of training as it is alone. First pictures wait for what first pictures took alone, so that one who rests is not made to wait for
 * the sharp picture when he moves. A run that holds has time for all.
 */
export function isViewDue({ views, step, trainSeconds, stepsLeft }: ViewedRun): boolean {
  const { wanted, oldestStep, share, first, last } = views;
  const isOld = oldestStep !== null && oldestStep !== step;
  if (wanted === null && !isOld) return false;
  if (stepsLeft === 0) return true;
  if (wanted === 'first') return trainSeconds >= paidAt(first, share);
  if (wanted === 'sharper') return trainSeconds >= paidAt(last, share);
  return trainSeconds >= Math.max(paidAt(last, restingShare), last.trainSeconds + restingSeconds);
}

/** Training that a cost is followed by, in seconds. @param part of the time that viewing may take */
function owed(milliseconds: number, part: number): number {
  return (stepsTakeLonger * milliseconds * (1 - part)) / part / 1000;
}

/** When in the run's training time a cost has been trained for. */
function paidAt({ milliseconds, trainSeconds }: ViewCost, part: number): number {
  return trainSeconds + owed(milliseconds, part);
}

/** Somebody looks elsewhere, goes away, or has received a picture. */
export function afterLooks({ views }: Pick<ViewedRun, 'views'>, { wanted, oldestStep, share }: LooksChanged) {
  return { views: { ...views, wanted, oldestStep, share } };
}

/**
 * A time in `viewing` has ended. Steps end when they end: what was trained beyond what the first picture before had to be followed by is taken off what this one
 * has to be, at most all of it. Else each picture of a flight would cost half a step more than its share.
 * @param drawn `first` counts as {@link mostFirstMilliseconds} at most
 */
export function afterView(
  { views, trainSeconds }: Pick<ViewedRun, 'views' | 'trainSeconds'>,
  drawn: ViewDrawn,
) {
  const { share } = views;
  const { milliseconds } = drawn;
  const first = Math.min(drawn.first, mostFirstMilliseconds);
  const ahead = Math.max(paidAt(views.first, share), trainSeconds - owed(first, share));
  return {
    views: {
      ...views,
      last: { milliseconds, trainSeconds },
      ...(first > 0 && { first: { milliseconds: first, trainSeconds: Math.min(trainSeconds, ahead) } }),
    },
  };
}
