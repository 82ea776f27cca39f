/** Sends everything to Weights & Biases, through its Python package. */
import { z } from 'zod';
import { encodePng } from '../../src/data/writePng.ts';
import { defineSink } from '../defineSink.ts';
import type { MetricEvent, TextEvent } from '../metricEvent.ts';
import { isRunEnd, runEndOf } from '../runEnd.ts';
import type { RunInfo, SinkObject } from '../sink.ts';
import { newerThan } from './newerThan.ts';
import { runName } from './runName.ts';
import { createSinkMemory } from './sinkMemory.ts';
import { startWandbBridge, type WandbBridge, type WandbRow } from './wandbBridge.ts';

export interface WandbSinkOptions {
  /** Default: `WANDB_PROJECT`, else `nerfstream`. */
  readonly project?: string | undefined;
  /** User or team. Default: `WANDB_ENTITY`, else your own. */
  readonly entity?: string | undefined;
  /** Default: the name of the run folder. */
  readonly runName?: string | undefined;
  /** Default: `WANDB_MODE`, else online. */
  readonly mode?: 'online' | 'offline' | 'disabled' | undefined;
  /** The interpreter that has the package `wandb`. Default `python3`. */
  readonly python?: string;
  /** How long the end of the run waits for the upload. Default 60,000. */
  readonly flushTimeoutMs?: number;
}

const memory = z.object({ id: z.string() });

/**
 * Scalars, images, histograms and texts as history under their own tags, the configuration as config. A run that
 * continues goes on with its W&B run, whose history keeps the first value of each step, also when a run goes back. The key comes from
 * `WANDB_API_KEY` or `wandb login`. Without Python or its package one line in the log says so, and the run goes on.
 */
export function wandbSink(options: WandbSinkOptions = {}): SinkObject {
  const { python = 'python3', flushTimeoutMs = 60_000 } = options;
  let bridge: WandbBridge;
  let known: ReadonlyMap<string, number> = new Map();
  let end: TextEvent | undefined;
  return defineSink({
    name: 'wandb',
    queueSize: 100_000,
    flushTimeoutMs,
    takes: ({ kind }) => kind !== 'config',
    // What it refuses once it refuses again: the package itself waits for the network.
    retry: { times: 0 },
    async open(run, deadline) {
      const { recall, remember } = createSinkMemory('wandb', memory);
      const earlier = await recall(run);
      bridge = startWandbBridge(python, deadline);
      const { id } = await bridge.init({ ...initOf(options, run), ...earlier });
      await remember(run, { id });
    },
    async write(events) {
      end = events.findLast(isRunEnd) ?? end;
      const { fresh, newest } = newerThan(known, events, ({ tag }) => tag);
      await bridge.log(await rowsOf(fresh));
      known = newest;
    },
    close: () => bridge.finish(runEndOf(end).status === 'failed' ? 1 : 0),
  });
}

function initOf({ project, entity, runName: name, mode }: WandbSinkOptions, run: RunInfo) {
  const { sinks: _sinks, ...settings } = (run.config ?? {}) as Record<string, unknown>;
  const ownProject = project ?? (process.env['WANDB_PROJECT'] === undefined ? 'nerfstream' : undefined);
  return {
    ...(ownProject !== undefined && { project: ownProject }),
    ...(entity !== undefined && { entity }),
    name: name ?? runName(run),
    ...(mode !== undefined && { mode }),
    ...(run.runDir !== undefined && { dir: run.runDir }),
    config: { ...settings, runId: run.runId },
  };
}

/** W&B wants one row a step. */
async function rowsOf(events: readonly MetricEvent[]): Promise<WandbRow[]> {
  const rows: WandbRow[] = [];
  for (const event of events) {
    if (rows.at(-1)?.step !== event.step)
      rows.push({ step: event.step, values: {}, texts: {}, histograms: {}, images: {} });
    await addTo(rows.at(-1)!, event);
  }
  return rows;
}

async function addTo(row: WandbRow, event: MetricEvent): Promise<void> {
  if (event.kind === 'scalar')
    row.values[event.tag] = Number.isFinite(event.value) ? event.value : `${event.value}`;
  else if (event.kind === 'text') row.texts[event.tag] = event.text;
  else if (event.kind === 'histogram')
    row.histograms[event.tag] = { edges: event.edges, counts: event.counts };
  else if (event.kind === 'image')
    row.images[event.tag] = Buffer.from(await encodePng(event.image)).toString('base64');
}
