/** What watches a training, as the config asks: for losses that leap, and for a metric that does not get better any more. */
import { EMPTY, identity, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { Config } from '../src/config/schema.ts';
import { createSpikeDetector } from '../src/optimizers/spikeDetector.ts';
import { createPatience } from '../src/schedulers/patience.ts';
import type { NamedArrays, ShapedArray } from '../src/tensors/namedArrays.ts';
import type { MetricEvent } from '../streams/metricEvent.ts';
import { earlyStop, type StopSignal } from '../streams/operators/earlyStop.ts';
import { skipSpikes } from '../streams/operators/skipSpikes.ts';
import type { TrainStep } from '../streams/step.ts';
import type { Stateful } from './runTensors.ts';

export interface Watchdogs extends Stateful {
  /** Skips steps whose loss is a spike; without `trainer.skipSpikes` it does nothing. */
  skipSpikes(): MonoTypeOperatorFunction<TrainStep>;
  /** Emits once when the metric of `trainer.earlyStop` has stopped getting better; without it, completes at once. */
  watch(metrics$: Observable<MetricEvent>): Observable<StopSignal>;
}

/** Something that remembers a few numbers. */
interface Memory {
  state(): readonly number[];
  restore(state: ArrayLike<number>): void;
}

/** They may change on resume: what a checkpoint says of others is left, and a new one begins anew. */
export function createWatchdogs({ earlyStop: stop, skipSpikes: spikes }: Watching): Watchdogs {
  const detector = spikes && createSpikeDetector(spikes);
  const patience = stop && createPatience({ ...stop, minimumDelta: stop.minDelta });
  const memories: Record<string, Memory> = {
    ...(detector && { spikes: detector }),
    ...(patience && { [`earlyStop/${stop.metric}`]: patience }),
  };
  return {
    skipSpikes: () => (detector ? skipSpikes(detector) : identity),
    watch: (metrics$) => (patience ? metrics$.pipe(earlyStop(stop.metric, patience)) : EMPTY),
    state: () => arraysOf(memories),
    restore(state) {
      for (const [name, memory] of Object.entries(memories)) {
        const saved = state[name];
        if (saved) memory.restore(Array.from(saved.data, Number));
      }
    },
  };
}

type Watching = Pick<Config['trainer'], 'earlyStop' | 'skipSpikes'>;

function arraysOf(memories: Readonly<Record<string, Memory>>): NamedArrays {
  return Object.fromEntries(
    Object.entries(memories).map(([name, memory]): [string, ShapedArray] => {
      const data = Float64Array.from(memory.state());
      return [name, { shape: [data.length], data }];
    }),
  );
}
