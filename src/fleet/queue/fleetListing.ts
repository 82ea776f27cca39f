/** A list of the runs of a fleet, as plain data. */

/**
 * `held`: a worker has it, and says what it does. `unheard`: taken by a worker that has not told of it yet, or has vanished and is not missed yet.
 * `putOff`: tried again later, or paused while it waited. Lists have them in this order.
 */
export type ListedState = 'held' | 'unheard' | 'setAside' | 'putOff' | 'waiting' | 'done';

/** A run of a fleet, wherever it is trained. */
export interface ListedRun {
  /** `sweep/run`, as commands to a fleet have it. */
  readonly name: string;
  readonly state: ListedState;
  /** As what it is paused: `all`, its sweep, itself, or its worker. */
  readonly pausedAs?: string;
  readonly worker?: string;
  /** What a run that is held does: a state of the trainer, `fetching` or `sending`; how one that is done ended: `completed`, `stopped`, or `evaluated` at a rung. */
  readonly doing?: string;
  readonly step?: number;
  readonly maxSteps?: number;
  /** Steps a second. */
  readonly rate?: number;
  /** Newest PSNR of held-out photos, and of training, in dB. */
  readonly psnr?: number;
  readonly trainPsnr?: number;
  /** Why it was set aside, or put off, in one line. */
  readonly error?: string;
}

/** What there is, and some of it. */
export interface FleetListing {
  readonly fleet: string;
  /** How many workers there are. */
  readonly workers: number;
  /** What is paused: `all`, sweeps, runs, workers. */
  readonly paused: readonly string[];
  /** Each once. */
  readonly runs: readonly ListedRun[];
  /** How many of each state there are, runs of several rungs counted at each; and how many of them are not in `runs`. */
  readonly counts: Readonly<Record<ListedState, number>>;
  readonly more: Readonly<Record<ListedState, number>>;
}
