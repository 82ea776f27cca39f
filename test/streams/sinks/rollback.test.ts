/** What sinks hold after a run went back: each keeps one value for each step, whatever the sizes of its batches. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defineSink } from '../../../streams/defineSink.ts';
import type { MetricEvent } from '../../../streams/metricEvent.ts';
import { consoleSink } from '../../../streams/sinks/consoleSink.ts';
import { csvSink } from '../../../streams/sinks/csvSink.ts';
import { jsonlSink } from '../../../streams/sinks/jsonlSink.ts';
import { mlflowSink } from '../../../streams/sinks/mlflowSink.ts';
import { tensorboardSink } from '../../../streams/sinks/tensorboardSink.ts';
import { wandbSink } from '../../../streams/sinks/wandbSink.ts';
import { runSink, scalar, temporaryFolder } from './runSink.ts';

type Point = readonly [step: number, value: number];

/** Losses of some steps; the hundreds say which try it is. */
const losses = (attempt: number, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, k) => scalar('train/loss', from + k, 100 * attempt + from + k));
const backTo = (step: number): MetricEvent => ({
  kind: 'text',
  tag: 'train/rollback',
  step,
  wallTime: 1_790_000_000,
  text: `back to step ${step}`,
});

/** Steps 1 to 5, back to 2, then 3 to 4, back to 2 again, then 3 to 6. */
const events = [...losses(1, 1, 5), backTo(2), ...losses(2, 3, 4), backTo(2), ...losses(3, 3, 6)];
/** What a sink that can forget holds in the end, and one that cannot: the first value of each step. */
const last: Point[] = [1, 2, 3, 4, 5, 6].map((step) => [step, step <= 2 ? 100 + step : 300 + step]);
const first: Point[] = [1, 2, 3, 4, 5, 6].map((step) => [step, step <= 5 ? 100 + step : 300 + step]);

const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');

describe('[SK4] after a rollback', () => {
  it('jsonl holds one value for each step, and says that the run went back', async () => {
    const runDir = temporaryFolder();
    const report = await runSink(jsonlSink(), events, { runDir });
    expect(report).toEqual({ name: 'jsonl', delivered: events.length, dropped: 0 });
    const read = linesOf(path.join(runDir, 'metrics.jsonl')).map((line) => JSON.parse(line));
    const scalars = read.filter(({ kind }) => kind === 'scalar');
    expect(scalars.map(({ step, value }) => [step, value])).toEqual(last);
    expect(read.filter(({ tag }) => tag === 'train/rollback')).toHaveLength(2);
  });

  it('csv holds one value for each step', async () => {
    const runDir = temporaryFolder();
    await runSink(csvSink(), events, { runDir });
    const [header, ...rows] = linesOf(path.join(runDir, 'metrics.csv')).map((line) => line.split(','));
    expect(header).toEqual(['step', 'wallTime', 'tag', 'value']);
    expect(rows.map(([step, , , value]) => [Number(step), Number(value)])).toEqual(last);
  });

  it('tensorboard has said what is to be dropped: readers see one value for each step', async () => {
    const runDir = temporaryFolder();
    await runSink(tensorboardSink(), events, { runDir });
    const folder = path.join(runDir, 'tensorboard');
    const [file] = readdirSync(folder);
    expect(tensorboardReads(readFileSync(path.join(folder, file as string)))).toEqual(last);
  });

  it('mlflow keeps the first value of each step', async () => {
    const server = await mlflowStub();
    await runSink(mlflowSink({ url: server.url }), events, { runDir: temporaryFolder() });
    expect(server.points).toEqual(first);
  });

  it('wandb keeps the first value of each step', async () => {
    const folder = temporaryFolder();
    const log = path.join(folder, 'log');
    const python = path.join(folder, 'python');
    const script = `while read -r line; do echo "$line" >> ${log}; echo '{"id": "1", "url": null}'; done`;
    writeFileSync(python, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await runSink(wandbSink({ python }), events, { runDir: folder });
    const rows = linesOf(log).flatMap((line) => JSON.parse(line).rows ?? []);
    const points = rows.flatMap(({ step, values }) =>
      'train/loss' in values ? [[step, values['train/loss']]] : [],
    );
    expect(points).toEqual(first);
  });

  it('console goes on from the step that the run went back to', async () => {
    let text = '';
    const write = (chunk: string) => {
      text += chunk;
      return true;
    };
    const stream = { write } as unknown as NodeJS.WritableStream;
    await runSink(consoleSink({ stream, isTTY: false }), [...losses(1, 1, 5), backTo(2), ...losses(2, 3, 3)]);
    expect(text).toMatch(/train\/rollback: back to step 2\nstep 3 {2}loss 203\.0000\n$/);
  });
});

describe('defineSink', () => {
  it.each([1, 2, 3, 100])('[SK4] forgets between batches of at most %i, and tries again', async (count) => {
    let kept: Point[] = [];
    let failures = 0;
    const sink = defineSink({
      name: 'array',
      takes: ({ kind }) => kind === 'scalar',
      batch: { count },
      retry: { times: 1, backoffMs: 1 },
      forget(step) {
        if (failures++ % 2 === 0) throw new Error('busy');
        kept = kept.filter(([of]) => of <= step);
      },
      write(batch) {
        expect(batch.every(({ kind }) => kind === 'scalar')).toBe(true);
        kept.push(...batch.map((event): Point => [event.step, 'value' in event ? event.value : Number.NaN]));
      },
    });
    expect(await runSink(sink, events)).toMatchObject({ dropped: 0 });
    expect(failures).toBe(4);
    expect(kept).toEqual(last);
  });
});

/** Values of `train/loss` as TensorBoard's reader leaves them: a session that starts at a step drops it and later ones. */
function tensorboardReads(file: Buffer): Point[] {
  let points: Point[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const { step, starts, value } = readEvent(file.subarray(at + 12, at + 12 + length));
    if (starts) points = points.filter(([earlier]) => earlier < step);
    if (value !== undefined) points.push([step, value]);
    at += length + 16;
  }
  return points;
}

/** Of an `Event`: field 2 is the step, 5 a summary, 7 a session log; of a summary's value, field 2 is the number. */
function readEvent(bytes: Uint8Array) {
  const event = { step: 0, starts: false, value: undefined as number | undefined };
  eachField(bytes, (field, reader) => {
    if (field === 2) event.step = Number(reader.int64());
    else if (field === 7) event.starts = reader.bytes().length > 0;
    else if (field === 5)
      eachField(reader.bytes(), (_value, value) => {
        eachField(value.bytes(), (part, number) => {
          if (part !== 2) return false;
          event.value = number.float();
          return true;
        });
        return true;
      });
    else return false;
    return true;
  });
  return event;
}

/** Calls `read` at each field; one that it leaves (false) is skipped. */
function eachField(bytes: Uint8Array, read: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (!read(field, reader)) reader.skip(type);
  }
}

/** As much of an MLflow server as a run needs; keeps what is logged. */
async function mlflowStub() {
  const points: Point[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const url = request.url ?? '';
    if (url.includes('log-batch'))
      for (const { key, step, value } of JSON.parse(text).metrics ?? [])
        if (key === 'train/loss') points.push([step, value]);
    const answer = url.includes('experiments')
      ? { experiment: { experiment_id: '1' } }
      : { run: { info: { run_id: 'r' } } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { points, url: `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}` };
}
