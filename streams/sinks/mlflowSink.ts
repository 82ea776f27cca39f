/** Sends scalars and the configuration to an MLflow tracking server. */
import { z } from 'zod';
import { SinkError } from '../../src/errors.ts';
import { defineSink } from '../defineSink.ts';
import type { MetricEvent, ScalarEvent, TextEvent } from '../metricEvent.ts';
import { isRunEnd, type RunEnd, runEndOf } from '../runEnd.ts';
import type { RunInfo, SinkObject } from '../sink.ts';
import { flatSettings } from './flatSettings.ts';
import { createMlflowClient, type MlflowClient, type MlflowMetric } from './mlflowClient.ts';
import { newerThan } from './newerThan.ts';
import { isTemporary } from './requestJson.ts';
import { runName } from './runName.ts';
import { createSinkMemory } from './sinkMemory.ts';
import { sinkUrl } from './sinkUrl.ts';

export interface MlflowSinkOptions {
  /** The server. Default: `MLFLOW_TRACKING_URI`, else `http://127.0.0.1:5000`. */
  readonly url?: string | undefined;
  /** Created where it is missing. Default `nerfstream`. */
  readonly experiment?: string;
  /** Default: the name of the run folder. */
  readonly runName?: string | undefined;
  /** Events that wait while the server is away. Default 100,000. */
  readonly queueSize?: number;
  /** How long the end of the run waits for the server. Default 15,000. */
  readonly flushTimeoutMs?: number;
}

/** `configured`: the server has all parameters (memories of earlier versions do not say; theirs were sent first). */
const memory = z.object({ url: z.string(), runId: z.string(), configured: z.boolean().default(true) });
/** MLflow takes no more parameters at a time, and no longer ones. */
const paramsAtATime = 100;
const longestParam = 500;

/**
 * Logs every scalar, the configuration as parameters, and how the run ended. While the server is away, events wait in
 * the queue. A run that continues goes on with its MLflow run; steps that the server has already, also those that a run
 * makes again after going back, are not sent again, because MLflow forgets nothing. Credentials are taken from `MLFLOW_TRACKING_TOKEN`, or `MLFLOW_TRACKING_USERNAME` and
 * `MLFLOW_TRACKING_PASSWORD`.
 *
 * @throws SinkError for an address that cannot be used
 */
export function mlflowSink(options: MlflowSinkOptions = {}): SinkObject {
  const { queueSize = 100_000, flushTimeoutMs = 15_000 } = options;
  const url = sinkUrl(options.url ?? process.env['MLFLOW_TRACKING_URI'] ?? 'http://127.0.0.1:5000', 'mlflow');
  let client: MlflowClient;
  let runId: string;
  let known: ReadonlyMap<string, number>;
  let end: TextEvent | undefined;

  return defineSink({
    name: 'mlflow',
    queueSize,
    flushTimeoutMs,
    takes: (event) => event.kind === 'scalar' || isRunEnd(event),
    // The server's absence costs nothing while the queue has room.
    retry: { times: Number.POSITIVE_INFINITY, backoffMs: 100, longestMs: 2_000, when: isTemporary },
    async open(run, deadline) {
      client = createMlflowClient(url, credentials(process.env), deadline);
      try {
        ({ runId, known } = await openRun(client, url, run, options));
      } catch (error) {
        if (isTemporary(error)) throw error;
        throw new SinkError((error as Error).message, 'mlflow', { cause: error });
      }
    },
    async write(events) {
      end = events.findLast(isRunEnd) ?? end;
      const metrics = events.filter(isScalarEvent).map(metricOf);
      const { fresh, newest } = newerThan(known, metrics, ({ key }) => key);
      if (fresh.length > 0) await client.log(runId, { metrics: fresh });
      known = newest;
    },
    close: () => client.endRun(runId, statusOf[runEndOf(end).status]),
  });
}

const statusOf = {
  completed: 'FINISHED',
  stopped: 'FINISHED',
  interrupted: 'KILLED',
  failed: 'FAILED',
} as const satisfies Record<RunEnd['status'], string>;

/** Goes on with the run of an earlier session, or begins one. */
async function openRun(
  client: MlflowClient,
  { href }: URL,
  run: RunInfo,
  { experiment = 'nerfstream', runName: name = runName(run) }: MlflowSinkOptions,
): Promise<{ runId: string; known: ReadonlyMap<string, number> }> {
  const { recall, remember } = createSinkMemory('mlflow', memory);
  const earlier = await recall(run);
  const known = earlier?.url === href ? await client.reopenRun(earlier.runId) : undefined;
  if (earlier?.configured && known) return { runId: earlier.runId, known };
  const runId = earlier && known ? earlier.runId : await createRun(client, run, experiment, name);
  await remember(run, { url: href, runId, configured: false });
  // What was sent before an attempt failed may be sent again: MLflow takes the same value twice.
  await logParams(client, runId, run.config);
  await remember(run, { url: href, runId, configured: true });
  return { runId, known: known ?? new Map() };
}

async function createRun(client: MlflowClient, { runId }: RunInfo, experiment: string, name: string) {
  const tags = { 'mlflow.source.name': 'nerfstream', 'nerfstream.runId': runId };
  return client.createRun(await client.experiment(experiment), name, tags);
}

async function logParams(client: MlflowClient, runId: string, config: unknown): Promise<void> {
  const params = Object.entries(flatSettings(config)).map(([key, value]) => ({
    key: mlflowKey(key),
    value: `${value}`.slice(0, longestParam),
  }));
  for (let first = 0; first < params.length; first += paramsAtATime)
    await client.log(runId, { params: params.slice(first, first + paramsAtATime) });
}

function isScalarEvent(event: MetricEvent): event is ScalarEvent {
  return event.kind === 'scalar';
}

function metricOf({ tag, step, wallTime, value }: ScalarEvent): MlflowMetric {
  return {
    key: mlflowKey(tag),
    value: Number.isFinite(value) ? value : (`${value}` as MlflowMetric['value']),
    timestamp: Math.round(wallTime * 1000),
    step,
  };
}

/** Names may hold letters, digits and `_ - . space : /`. */
function mlflowKey(name: string): string {
  return name.replace(/[^\w\-. :/]/g, '_');
}

function credentials(environment: NodeJS.ProcessEnv): Record<string, string> {
  const token = environment['MLFLOW_TRACKING_TOKEN'];
  const user = environment['MLFLOW_TRACKING_USERNAME'];
  const password = environment['MLFLOW_TRACKING_PASSWORD'] ?? '';
  if (token) return { authorization: `Bearer ${token}` };
  if (user) return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  return {};
}
