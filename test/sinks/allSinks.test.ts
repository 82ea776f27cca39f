/** One run writes to every sink at once; each reader shows what metrics.jsonl says, for all steps. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCli } from '../cli/runCli.ts';
import { tinySettings, writeTinyScene } from '../cli/tinyScene.ts';
import { type JsonReceiver, jsonReceiver } from './support/jsonReceiver.ts';
import { mlflowHistory, mlflowRun } from './support/mlflowRun.ts';
import { freePort, type MlflowServer, mlflowServer } from './support/mlflowServer.ts';
import { otlpPoints, otlpResource } from './support/otlpPoints.ts';
import { prometheusValues } from './support/prometheusText.ts';
import { pythonHas, runPython } from './support/python.ts';

const steps = 300;
const has = { mlflow: pythonHas('mlflow'), wandb: pythonHas('wandb'), tensorboard: pythonHas('tensorboard') };

type Point = readonly [step: number, value: number];
const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-all-'));
const runDir = path.join(folder, 'all');
const scrapes: Map<string, number>[] = [];
let mlflow: MlflowServer;
let otlp: JsonReceiver;
let webhook: JsonReceiver;
/** Scalars of metrics.jsonl by tag. */
let expected: Map<string, Point[]>;

beforeAll(async () => {
  await writeTinyScene(path.join(folder, 'scene'));
  [mlflow, otlp, webhook] = await Promise.all([mlflowServer(folder), jsonReceiver(), jsonReceiver()]);
  if (has.mlflow) await mlflow.start();
  const port = await freePort();
  const sinks = [
    ...['console', 'jsonl', 'tensorboard', 'images', 'csv'].map((kind) => ({ kind })),
    ...(has.mlflow ? [{ kind: 'mlflow', url: mlflow.url, experiment: 'all' }] : []),
    ...(has.wandb ? [{ kind: 'wandb', mode: 'offline', project: 'all' }] : []),
    { kind: 'prometheus', port },
    { kind: 'otlp', endpoint: otlp.url },
    { kind: 'webhook', url: `${webhook.url}/hook`, secretVariable: 'NERFSTREAM_TEST_SECRET' },
  ];
  // JSON is YAML.
  const config = {
    extends: 'instant-ngp',
    data: { path: 'scene' },
    trainer: { maxSteps: steps, histogramsEverySteps: 100 },
    evaluate: { batchEverySteps: 50, imageEverySteps: 100 },
    sinks,
  };
  await writeFile(path.join(folder, 'all.yaml'), JSON.stringify(config));
  process.env['NERFSTREAM_TEST_SECRET'] = 'Bearer hush';
  const run = startCli([
    'train',
    path.join(folder, 'all.yaml'),
    '--out',
    folder,
    '--name',
    'all',
    ...tinySettings,
  ]);
  let ended = false;
  void run.result.finally(() => {
    ended = true;
  });
  while (!ended) {
    const text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
      (response) => response.text(),
      () => '',
    );
    if (text !== '') scrapes.push(prometheusValues(text));
    await sleep(10);
  }
  expect(await run.result).toMatchObject({ code: 0, stderr: '' });
  expected = readJsonl(path.join(runDir, 'metrics.jsonl'));
}, 240_000);

afterAll(async () => {
  await Promise.all([mlflow.kill(), otlp.close(), webhook.close()]);
  await rm(folder, { recursive: true, force: true });
});

function readJsonl(file: string): Map<string, Point[]> {
  const byTag = new Map<string, Point[]>();
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const { kind, tag, step, value } = JSON.parse(line);
    if (kind === 'scalar') byTag.set(tag, [...(byTag.get(tag) ?? []), [step, value]]);
  }
  return byTag;
}

describe('a run of 300 steps that writes to all sinks', () => {
  it('says so in metrics.jsonl, and loses nothing', () => {
    expect(expected.get('train/loss')!.map(([step]) => step)).toEqual(
      Array.from({ length: steps }, (_, index) => index + 1),
    );
    expect(expected.get('eval/psnr')).toHaveLength(1);
    const { sinks } = JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8'));
    expect(sinks.length).toBe(8 + Number(has.mlflow) + Number(has.wandb));
    for (const sink of sinks) expect(sink).toEqual({ ...sink, dropped: 0, error: undefined });
  });

  it('csv', () => {
    const [header, ...lines] = readFileSync(path.join(runDir, 'metrics.csv'), 'utf8').trim().split('\n');
    expect(header).toBe('step,wallTime,tag,value');
    const read = new Map<string, Point[]>();
    for (const [step, , tag, value] of lines.map((line) => line.split(',')))
      read.set(tag!, [...(read.get(tag!) ?? []), [Number(step), Number(value)]]);
    expect(read).toEqual(expected);
  });

  it.skipIf(!has.tensorboard)('TensorBoard (needs Python with tensorboard)', () => {
    const { scalars } = runPython(
      '../../streams/sinks/readTensorboard.py',
      path.join(runDir, 'tensorboard'),
    ) as { scalars: Record<string, [number, number, number][]> };
    const read = Object.entries(scalars).map(([tag, list]) => [
      tag,
      list.map(([step, , value]) => [step, value]),
    ]);
    const single = [...expected].map(([tag, list]) => [
      tag,
      list.map(([step, value]) => [step, Math.fround(value)]),
    ]);
    expect(Object.fromEntries(read)).toEqual(Object.fromEntries(single));
  });

  it.skipIf(!has.mlflow)('MLflow (needs Python with mlflow)', async () => {
    const { runId } = JSON.parse(readFileSync(path.join(runDir, 'sinks/mlflow.json'), 'utf8'));
    const { info, data } = await mlflowRun(mlflow, runId);
    expect(info).toMatchObject({ status: 'FINISHED', run_name: 'all' });
    expect(data.params).toContainEqual({ key: 'trainer.maxSteps', value: '300' });
    expect(data.metrics!.map(({ key }) => key).sort()).toEqual([...expected.keys()].sort());
    for (const [tag, points] of expected) {
      const read = await mlflowHistory(mlflow, runId, tag);
      expect(read.map(({ step, value }) => [step, value])).toEqual(points);
    }
  });

  it.skipIf(!has.wandb)('W&B, offline (needs Python with wandb)', async () => {
    const { history, config, exitCode, name, project } = await readWandbRun();
    expect({ exitCode, name, project }).toEqual({ exitCode: 0, name: 'all', project: 'all' });
    expect(config).toMatchObject({ trainer: { maxSteps: steps } });
    for (const [tag, points] of expected)
      expect(history.filter((row) => tag in row).map((row) => [row['_step'], row[tag]])).toEqual(points);
    expect(history.find((row) => row['run/end'])).toMatchObject({ _step: steps, 'run/end': 'completed' });
  });

  it('Prometheus: what is scraped is the newest, at every step that was seen', () => {
    const seen = new Set<number>();
    for (const scrape of scrapes) {
      const step = scrape.get('nerfstream_step');
      if (step === undefined) continue;
      seen.add(step);
      expect(scrape.get('train/loss')).toBe(expected.get('train/loss')![step - 1]![1]);
      for (const [tag, value] of scrape) {
        // What follows the loss of a step may come with the next batch.
        const newest = expected
          .get(tag)
          ?.filter((point) => point[0] <= step)
          .slice(-2);
        if (newest)
          expect([tag, newest.map((point) => point[1])]).toEqual([tag, expect.arrayContaining([value])]);
      }
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  it('OpenTelemetry', () => {
    const points = otlpPoints(otlp.received);
    expect(otlpResource(otlp.received)).toMatchObject({
      'service.name': 'nerfstream',
      'nerfstream.run': 'all',
    });
    expect(otlp.received[0]!.path).toBe('/v1/metrics');
    for (const [tag, list] of expected)
      expect(points.get(`nerfstream/${tag}`)!.map(({ value }) => value)).toEqual(
        list.map(([, value]) => value),
      );
    expect(points.get('nerfstream/step')!.map(({ value }) => value)).toEqual(
      expected.get('train/loss')!.map(([step]) => step),
    );
  });

  it('webhook: the best value and the end, with a secret that is written nowhere', async () => {
    const bodies = webhook.received.map(({ body }) => body);
    const psnr = expected.get('eval/psnr')!.at(-1)![1];
    expect(bodies).toEqual([
      expect.objectContaining({ event: 'best', metric: 'eval/psnr', value: psnr, step: steps, run: 'all' }),
      expect.objectContaining({ event: 'finished', status: 'completed', step: steps }),
    ]);
    expect(webhook.received[0]).toMatchObject({ path: '/hook', headers: { authorization: 'Bearer hush' } });
    for (const file of await readdir(runDir, { recursive: true, withFileTypes: true }))
      if (file.isFile())
        expect(readFileSync(path.join(file.parentPath, file.name)).includes('hush')).toBe(false);
  });
});

interface WandbRun {
  readonly history: readonly Record<string, unknown>[];
  readonly config: object;
  readonly exitCode: number;
  readonly name: string;
  readonly project: string;
}

async function readWandbRun(): Promise<WandbRun> {
  const files = await readdir(path.join(runDir, 'wandb'), { recursive: true });
  const [file] = files.filter((name) => name.endsWith('.wandb') && !name.startsWith('latest'));
  return runPython('readWandb.py', path.join(runDir, 'wandb', file!)) as WandbRun;
}
