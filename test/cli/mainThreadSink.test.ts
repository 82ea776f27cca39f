import { setTimeout as sleep } from 'node:timers/promises';
import { Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { mainThreadSink } from '../../src/cli/mainThreadSink.ts';
import { attachSinks } from '../../streams/attachSinks.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import type { SinkDefinition } from '../../streams/sink.ts';
import { eventually } from '../support/eventually.ts';

const run = { runId: 'test', config: {}, fromStep: 0 };

/** What is sent lies in `batches`, as step numbers. */
function relay(limits: Partial<SinkDefinition> = {}) {
  const metrics$ = new Subject<MetricEvent>();
  const batches: number[][] = [];
  const { sink, handled } = mainThreadSink((events) => batches.push(events.map(({ step }) => step)));
  const attached = attachSinks(metrics$, [{ ...sink, ...limits }], run, { log: { warn: vi.fn() } });
  const publish = (step: number) =>
    metrics$.next({ kind: 'scalar', tag: 'a', step, wallTime: 0, value: step });
  return { batches, handled, attached, publish };
}

describe('mainThreadSink', () => {
  it('sends the next batch, with all that has come meanwhile, once the last one was handled', async () => {
    const { batches, handled, publish } = relay();
    publish(1);
    publish(2);
    await eventually(() => expect(batches).toEqual([[1, 2]]));
    publish(3);
    await sleep(10);
    publish(4);
    await sleep(10);
    expect(batches).toEqual([[1, 2]]);
    handled();
    await eventually(() =>
      expect(batches).toEqual([
        [1, 2],
        [3, 4],
      ]),
    );
  });

  it('[SK1] a main thread that stands still costs the oldest metrics, which are counted, and no memory', async () => {
    const { batches, handled, attached, publish } = relay({ queueSize: 5 });
    publish(1);
    await eventually(() => expect(batches).toEqual([[1]]));
    for (let step = 2; step <= 100; step++) publish(step);
    handled();
    await eventually(() => expect(batches[1]).toEqual([96, 97, 98, 99, 100]));
    handled();
    // 2 to 95 were lost.
    expect(await attached.done()).toEqual([{ name: 'main thread', delivered: 6, dropped: 94 }]);
  });

  it('ends once the last batch was handled, or when the run waits no longer', async () => {
    const willing = relay();
    willing.publish(1);
    let ended = false;
    const done = willing.attached.done().then(() => {
      ended = true;
    });
    await eventually(() => expect(willing.batches).toEqual([[1]]));
    await sleep(10);
    expect(ended).toBe(false);
    willing.handled();
    await done;

    const dead = relay({ flushTimeoutMs: 20 });
    dead.publish(1);
    expect(await dead.attached.done()).toMatchObject([{ delivered: 0, dropped: 1 }]);
  });
});
