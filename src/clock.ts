/** Time as a value that is passed in, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump when the system clock is set. */
  now(): number;
  /** Milliseconds from an arbitrary origin; never goes backwards. */
  monotonic(): number;
}

/** The system's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
