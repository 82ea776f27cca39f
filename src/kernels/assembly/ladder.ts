// The places that rays take which all begin at `near` without jitter, as those of a picture do: each one's distance follows from the one before it, so
// they are the same for all of them. A ray that skips empty cells finds its next place here instead of going there step by step.
import { Plan } from './plan';
import { stepAt } from './stepAt';

/** Rungs and buckets that there is room for; a scene that takes more does without. */
const MOST_RUNGS: i32 = 8192;
const MOST_BUCKETS: i32 = 4096;
const HEAD: usize = 16;
/** Bits of a float32 below the ones that number its bucket: 128 buckets from each power of 2 to the next. */
const BUCKET_BITS: i32 = 16;

/** What stands before rungs [MOST_RUNGS] float32 and buckets [MOST_BUCKETS] int32: of each the first rung that is not below it. */
@unmanaged
export class Ladder {
  /** 0: there is none. */
  rungs: i32;
  firstBucket: i32;
  buckets: i32;
  unused: i32;
}

// @ts-ignore: decorator
@inline
function bucketOf(distance: f32): i32 {
  return reinterpret<i32>(distance) >> BUCKET_BITS;
}

export function ladderBytes(): usize {
  return HEAD + (<usize>(MOST_RUNGS + MOST_BUCKETS) << 2);
}

/** Writes the plan's ladder anew; one unit. */
export function buildLadder(_: i32, address: usize): void {
  const plan = changetype<Plan>(address), ladder = changetype<Ladder>(plan.ladder);
  const rungs = plan.ladder + HEAD, buckets = rungs + (<usize>MOST_RUNGS << 2);
  ladder.rungs = 0;
  // Steps of one length need no ladder.
  if (plan.coneAngle == 0) return;
  // A ray that begins at `near` is within the grid there, and leaves it before this.
  const end = plan.near + <f32>1.75 * <f32>(1 << (plan.levels - 1));
  let t = plan.near + <f32>0.5 * stepAt(plan, plan.near);
  let count = 0;
  for (; count < MOST_RUNGS - 1; count++) {
    store<f32>(rungs + (<usize>count << 2), t);
    if (t > end) break;
    t += stepAt(plan, t);
  }
  const first = bucketOf(load<f32>(rungs)), last = bucketOf(t);
  if (count == MOST_RUNGS - 1 || last - first >= MOST_BUCKETS) return;
  store<f32>(rungs + (<usize>(count + 1) << 2), f32.MAX_VALUE);
  let rung = 0;
  for (let bucket = first; bucket <= last; bucket++) {
    while (bucketOf(load<f32>(rungs + (<usize>rung << 2))) < bucket) rung++;
    store<i32>(buckets + (<usize>(bucket - first) << 2), rung);
  }
  ladder.firstBucket = first;
  ladder.buckets = last - first + 1;
  ladder.rungs = count + 1;
}

/** The first place that is not before `target`, itself not before the first rung; beyond the last one something beyond the grid. */
// @ts-ignore: decorator
@inline
export function rungFrom(address: usize, target: f32): f32 {
  const ladder = changetype<Ladder>(address);
  const bucket = bucketOf(target) - ladder.firstBucket;
  if (bucket >= ladder.buckets) return f32.MAX_VALUE;
  const rungs = address + HEAD;
  let at = rungs + (<usize>load<i32>(rungs + (<usize>(MOST_RUNGS + bucket) << 2)) << 2);
  while (load<f32>(at) < target) at += 4;
  return load<f32>(at);
}
