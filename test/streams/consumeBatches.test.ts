import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { RunningSink } from '../../streams/runningSink.ts';

it('[SK7] at its end a sink is written to by one hand: nothing beside the last batch, nothing after closing', async () => {
  const calls: string[] = [];
  const writing: (() => void)[] = [];
  const sink = new RunningSink(
    {
      name: 'slow',
      batch: { everyMs: 1, count: 10 },
      async write(events) {
        const steps = events.map(({ step }) => step).join();
        calls.push(`begin ${steps}`);
        await new Promise<void>((resolve) => writing.push(resolve));
        calls.push(`end ${steps}`);
      },
      close: () => void calls.push('close'),
    },
    { runId: 'test', config: {}, fromStep: 0 },
    { warn() {} },
  );
  const push = (step: number) => sink.push({ kind: 'scalar', tag: 'x', step, wallTime: 0, value: step });
  const batchesBegun = async (count: number) => {
    while (calls.length < count) await delay(1);
  };
  push(1);
  await batchesBegun(1);
  push(2);
  await delay(5);
  const finished = sink.finish();
  writing.shift()?.();
  await batchesBegun(3);
  // More than `everyMs`: a timer that was set when the first batch was done would fire now.
  await delay(20);
  expect(calls).toEqual(['begin 1', 'end 1', 'begin 2']);
  for (const resolve of writing) resolve();
  await finished;
  await delay(20);
  expect(calls).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'close']);
});
