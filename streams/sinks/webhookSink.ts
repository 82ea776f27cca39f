/** Tells another service when a run has ended, failed or got better: a POST for each of these events. */
import { z } from 'zod';
import { SinkError } from '../../src/errors.ts';
import { defineSink } from '../defineSink.ts';
import type { MetricEvent } from '../metricEvent.ts';
import { isRunEnd } from '../runEnd.ts';
import type { SinkObject } from '../sink.ts';
import { isTemporary, requestJson } from './requestJson.ts';
import { createRunNews, type RunNews } from './runNews.ts';
import { createSinkMemory } from './sinkMemory.ts';
import { sinkUrl } from './sinkUrl.ts';

export interface WebhookSinkOptions {
  /** Where to. An address that is a secret itself is better named by `urlVariable`. */
  readonly url?: string | undefined;
  /** The environment variable that holds the address. */
  readonly urlVariable?: string | undefined;
  /** The environment variable whose content is sent in `secretHeader`. */
  readonly secretVariable?: string | undefined;
  /** Default `Authorization`. */
  readonly secretHeader?: string;
  /** Default: all. */
  readonly events?: readonly RunNews['event'][];
  /** What decides about `best`. Default `eval/psnr`, `max`. */
  readonly metric?: string;
  readonly mode?: 'max' | 'min' | undefined;
  /** Milliseconds that an answer may take. Default 5,000. */
  readonly timeoutMs?: number;
  /** How often a failed request is made again. Default 5. */
  readonly retries?: number;
}

const memory = z.object({ metric: z.string(), best: z.number() });

/**
 * Posts `{ event, runId, run, step, time, ... }` as JSON: `best` with `metric`, `value` and `previous`; `finished` with
 * `status` and the newest `metrics` of evaluations; `failed` with `reason` as well. Secrets come from the environment
 * alone and appear in no message.
 *
 * @throws SinkError without an address, or when a variable that is named does not exist
 */
export function webhookSink(options: WebhookSinkOptions): SinkObject {
  const { metric = 'eval/psnr', mode = 'max', timeoutMs = 5_000, retries = 5 } = options;
  const wanted = new Set<RunNews['event']>(options.events ?? ['finished', 'failed', 'best']);
  const url = sinkUrl(options.url ?? variable(options.urlVariable ?? ''), 'webhook');
  const { secretVariable, secretHeader = 'Authorization' } = options;
  const headers = secretVariable === undefined ? {} : { [secretHeader]: variable(secretVariable) };
  const { recall, remember } = createSinkMemory('webhook', memory);
  const news = createRunNews({ metric, mode });
  /** What a repeated call with the same event must neither learn nor tell again. */
  let current: { readonly event: MetricEvent; readonly news: RunNews | undefined; told: boolean } | undefined;
  return defineSink({
    name: 'webhook',
    takes: (event) => isRunEnd(event) || (event.kind === 'scalar' && isInteresting(event.tag, metric)),
    batch: { everyMs: 0, count: 1 },
    retry: { times: retries, backoffMs: 200, when: isTemporary },
    flushTimeoutMs: 15_000,
    async open(run) {
      const earlier = await recall(run);
      news.begin(run, earlier?.metric === metric ? earlier.best : undefined);
    },
    async write([event], run, deadline) {
      if (current?.event !== event) current = { event: event!, news: news.take(event!), told: false };
      const body = current?.news;
      if (!current || !body) return;
      if (wanted.has(body.event) && !current.told)
        await requestJson(url, { body, headers, timeoutMs, deadline });
      current.told = true;
      if (body.event === 'best') await remember(run, { metric, best: body.value });
    },
  });
}

function isInteresting(tag: string, metric: string): boolean {
  return tag === metric || /^eval\/[^/]+$/.test(tag);
}

function variable(name: string): string {
  const value = process.env[name];
  if (value) return value;
  const what = name === '' ? 'needs "url" or "urlVariable"' : `needs the environment variable ${name}`;
  throw new SinkError(`The sink "webhook" ${what}.`, 'webhook');
}
