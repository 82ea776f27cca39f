/** Real modules outside the project, in threads of their own: whatever they do, the run and its other sinks go on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { SinkError } from '../../../src/errors.ts';
import { attachSinks } from '../../../streams/attachSinks.ts';
import type { MetricEvent } from '../../../streams/metricEvent.ts';
import { moduleSink } from '../../../streams/sinks/moduleSink.ts';
import { runSink, scalar, temporaryFolder } from './runSink.ts';

function moduleOf(source: string, name = 'sink.mjs'): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, source);
  return file;
}

const events = (count: number) => Array.from({ length: count }, (_, index) => scalar('x', index + 1, index));

const writesLines = `
  import { appendFileSync } from 'node:fs';
  export const sink = (metrics$, run) => {
    metrics$.subscribe((event) => appendFileSync(run.options.file, JSON.stringify(event) + '\\n'));
  };
`;

describe('moduleSink', () => {
  it('gives a module everything, with its options', async () => {
    const file = join(temporaryFolder(), 'out');
    const sink = moduleSink(moduleOf(writesLines), { file });
    const all = [
      { kind: 'config', tag: 'config', step: 0, wallTime: 0, config: { seed: 1 } } as const,
      ...events(500),
    ];
    expect(await runSink(sink, all)).toEqual({ name: 'sink.mjs', delivered: 501, dropped: 0 });
    const lines = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(all);
  });

  it('accepts objects, and default exports', async () => {
    const object = `export const sink = { name: 'mine', queueSize: 5, flushTimeoutMs: 77, attach() {} };`;
    expect(moduleSink(moduleOf(object))).toMatchObject({ name: 'mine', queueSize: 5, flushTimeoutMs: 77 });
    expect(moduleSink(moduleOf('export default function hello() {}')).name).toBe('hello');
    expect(moduleSink(moduleOf('export default () => {}', 'notify.mjs')).name).toBe('notify.mjs');
  });

  it.each([
    ['does not exist', 'missing', undefined],
    ['no export named "sink"', 'empty.mjs', 'export const other = 1;'],
    ['neither a function nor an object', 'number.mjs', 'export const sink = 42;'],
    ['neither a function nor an object', 'null.mjs', 'export const sink = null, x = 1; export default 5;'],
    ['Unexpected', 'broken.mjs', 'export const = ;'],
    ['at once', 'throws.mjs', 'throw new Error("at once\\nand more");'],
    ['Cannot find package', 'imports.mjs', 'import "no-such-package";'],
  ])('says in one line when there is no sink: %s', (reason, name, source) => {
    const path = source === undefined ? join(temporaryFolder(), name) : moduleOf(source, name);
    let error: unknown;
    try {
      moduleSink(path);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SinkError);
    const { message } = error as SinkError;
    expect(message).toContain(reason);
    expect(message).toContain(path);
    expect(message).not.toContain('\n');
  });

  it.each([
    [
      'throws on every event',
      'export const sink = (m) => { m.subscribe(() => { throw new Error("bad"); }); };',
      'bad',
    ],
    ['never resolves', 'export const sink = () => new Promise(() => {});', 'did not finish'],
    [
      'takes a second for each event',
      `export const sink = async (m) => {
        let last = Promise.resolve();
        m.subscribe(() => (last = last.then(() => new Promise((resolve) => setTimeout(resolve, 1000)))));
        await new Promise(() => {});
      };`,
      'did not finish',
    ],
    [
      'blocks its thread for a second for each event',
      `const word = new Int32Array(new SharedArrayBuffer(4));
       export const sink = (m) => { m.subscribe(() => { Atomics.wait(word, 0, 0, 1000); }); };`,
      'did not finish',
    ],
    [
      'ends its process',
      'export const sink = (m) => { m.subscribe(() => process.exit(3)); };',
      'its thread ended',
    ],
    [
      'throws where nobody catches',
      'export const sink = () => { setTimeout(() => { throw new Error("late"); }, 5); return new Promise(() => {}); };',
      'late',
    ],
  ])('is no burden when it %s', async (_what, source, error) => {
    const bad = { ...moduleSink(moduleOf(source)), name: 'bad', queueSize: 100, flushTimeoutMs: 300 };
    const steps: number[] = [];
    const metrics$ = new Subject<MetricEvent>();
    const attached = attachSinks(
      metrics$,
      [bad, { name: 'good', attach: (m) => void m.subscribe(({ step }) => steps.push(step)) }],
      { runId: 'test', config: {}, fromStep: 0 },
      { log: { warn: () => undefined } },
    );
    const all = events(2000);
    let longest = 0;
    for (const event of all) {
      const before = performance.now();
      metrics$.next(event);
      if (event.step % 20 === 0) await delay(1);
      else await new Promise(setImmediate);
      longest = Math.max(longest, performance.now() - before);
    }
    const began = performance.now();
    const [report, good] = await attached.done();
    expect(performance.now() - began).toBeLessThan(2500);
    expect(longest).toBeLessThan(500);
    expect(good).toEqual({ name: 'good', delivered: 2000, dropped: 0 });
    expect(steps).toEqual(all.map(({ step }) => step));
    expect(report!.delivered + report!.dropped).toBe(2000);
    expect(report!.delivered).toBeLessThan(20);
    expect(report!.error).toContain(error);
  });
});
