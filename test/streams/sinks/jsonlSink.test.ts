import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MetricEvent } from '../../../streams/metricEvent.ts';
import { jsonlSink } from '../../../streams/sinks/jsonlSink.ts';
import { runSink, scalar, temporaryFolder } from './runSink.ts';

const image = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
const events: MetricEvent[] = [
  { kind: 'config', tag: 'config', step: 0, wallTime: 1790000000.5, config: { trainer: { seed: 1 } } },
  scalar('train/loss', 1, 0.25),
  scalar('train/psnr', 1, Number.NaN),
  scalar('train/a"b\n', 2, Number.POSITIVE_INFINITY),
  scalar('train/loss', 2, Number.NEGATIVE_INFINITY),
  { kind: 'image', tag: 'eval/images/3', step: 2, wallTime: 5, image },
  {
    kind: 'histogram',
    tag: 'h',
    step: 2,
    wallTime: 5,
    edges: [0, 1, Number.POSITIVE_INFINITY],
    counts: [3, 4],
  },
  { kind: 'text', tag: 'note', step: 2, wallTime: 5, text: 'two\nlines "quoted"' },
];

describe('jsonlSink', () => {
  it('writes one JSON object a line, exactly as scripts rely on', async () => {
    const runDir = temporaryFolder();
    expect(await runSink(jsonlSink(), events, { runDir })).toEqual({
      name: 'jsonl',
      delivered: 8,
      dropped: 0,
    });
    const text = readFileSync(join(runDir, 'metrics.jsonl'), 'utf8');
    expect(text.endsWith('\n')).toBe(true);
    expect(text.trimEnd().split('\n')).toEqual([
      '{"kind":"config","tag":"config","step":0,"wallTime":1790000000.5,"config":{"trainer":{"seed":1}}}',
      '{"kind":"scalar","tag":"train/loss","step":1,"wallTime":1790000000.125,"value":0.25}',
      '{"kind":"scalar","tag":"train/psnr","step":1,"wallTime":1790000000.125,"value":"NaN"}',
      '{"kind":"scalar","tag":"train/a\\"b\\n","step":2,"wallTime":1790000000.25,"value":"Infinity"}',
      '{"kind":"scalar","tag":"train/loss","step":2,"wallTime":1790000000.25,"value":"-Infinity"}',
      '{"kind":"image","tag":"eval/images/3","step":2,"wallTime":5,"path":"renders/step-000000002-03.png"}',
      '{"kind":"histogram","tag":"h","step":2,"wallTime":5,"edges":[0,1,"Infinity"],"counts":[3,4]}',
      '{"kind":"text","tag":"note","step":2,"wallTime":5,"text":"two\\nlines \\"quoted\\""}',
    ]);
    for (const line of text.trimEnd().split('\n')) JSON.parse(line);
  });

  it('drops what lies beyond the checkpoint and a torn last line when the run continues', async () => {
    const runDir = temporaryFolder();
    const file = join(runDir, 'metrics.jsonl');
    const steps = Array.from({ length: 200 }, (_, index) => scalar('train/loss', index + 1, index));
    await runSink(jsonlSink(), steps, { runDir });
    appendFileSync(file, '{"kind":"scalar","tag":"train/lo');
    await runSink(jsonlSink(), [scalar('train/loss', 101, -1)], { runDir, fromStep: 100 });
    const read = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(read.map(({ step }) => step)).toEqual(Array.from({ length: 101 }, (_, index) => index + 1));
    expect(read.at(-1)).toMatchObject({ step: 101, value: -1 });
  });

  it('leaves a file alone that has nothing to drop', async () => {
    const runDir = temporaryFolder();
    const file = join(runDir, 'metrics.jsonl');
    await runSink(jsonlSink(), [scalar('é', 1, 1)], { runDir });
    const before = readFileSync(file, 'utf8');
    await runSink(jsonlSink(), [scalar('é', 2, 2)], { runDir, fromStep: 1 });
    expect(readFileSync(file, 'utf8').startsWith(before)).toBe(true);
  });

  it('reports a file that cannot be written, and counts what it loses', async () => {
    const runDir = temporaryFolder();
    mkdirSync(join(runDir, 'metrics.jsonl'));
    const report = await runSink(jsonlSink(), events, { runDir });
    expect(report).toMatchObject({ delivered: 0, dropped: 8, error: expect.stringContaining('EISDIR') });
  });

  it('needs a run folder', async () => {
    const report = await runSink(jsonlSink(), events);
    expect(report).toMatchObject({ dropped: 8, error: expect.stringContaining('needs a run folder') });
  });

  it('does not confuse text that looks like a step with a step', async () => {
    const runDir = temporaryFolder();
    const file = join(runDir, 'metrics.jsonl');
    writeFileSync(
      file,
      '{"kind":"text","tag":"\\"step\\":999","step":1,"wallTime":0,"text":"\\"step\\":7"}\n',
    );
    await runSink(jsonlSink(), [scalar('x', 3, 1)], { runDir, fromStep: 2 });
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
  });
});
