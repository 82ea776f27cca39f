/** The sinks that a configuration names. */
import type { SinkConfig } from '../src/config/sinkSchema.ts';
import type { Sink } from '../streams/sink.ts';
import { consoleSink } from '../streams/sinks/consoleSink.ts';
import { csvSink } from '../streams/sinks/csvSink.ts';
import { imagesSink } from '../streams/sinks/imagesSink.ts';
import { jsonlSink } from '../streams/sinks/jsonlSink.ts';
import { mlflowSink } from '../streams/sinks/mlflowSink.ts';
import { moduleSink } from '../streams/sinks/moduleSink.ts';
import { otlpSink } from '../streams/sinks/otlpSink.ts';
import { prometheusSink } from '../streams/sinks/prometheusSink.ts';
import { tensorboardSink } from '../streams/sinks/tensorboardSink.ts';
import { wandbSink } from '../streams/sinks/wandbSink.ts';
import { webhookSink } from '../streams/sinks/webhookSink.ts';

/** What makes a kind of sink from its settings, which `src/config/sinkSchema.ts` describes. */
interface SinkMaker<Settings> {
  /** A run in memory has no place for it. */
  readonly writesFiles?: true;
  create(settings: Settings): Sink;
}

type KindName = Extract<SinkConfig, { kind: string }>['kind'];

const sinkKinds: { readonly [Kind in KindName]: SinkMaker<Extract<SinkConfig, { kind: Kind }>> } = {
  console: { create: () => consoleSink() },
  jsonl: { writesFiles: true, create: () => jsonlSink() },
  tensorboard: { writesFiles: true, create: () => tensorboardSink() },
  images: { writesFiles: true, create: () => imagesSink() },
  csv: { writesFiles: true, create: csvSink },
  mlflow: { create: mlflowSink },
  wandb: { create: wandbSink },
  prometheus: { create: prometheusSink },
  otlp: { create: otlpSink },
  webhook: { create: webhookSink },
};

/**
 * One sink for each entry, in order. A run in memory leaves out those that write files.
 *
 * @throws SinkError for one that can never work: an address that is none, a variable or module that is missing
 */
export function configuredSinks(sinks: readonly SinkConfig[], inMemory = false): Sink[] {
  return sinks.flatMap((sink) => {
    if ('module' in sink) return moduleSink(sink.module, sink.options);
    const { writesFiles, create }: SinkMaker<never> = sinkKinds[sink.kind];
    return writesFiles && inMemory ? [] : create(sink as never);
  });
}
