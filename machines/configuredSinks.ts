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

/**
 * One sink for each entry, in order. A run in memory (no `folder`) leaves out those that write files.
 *
 * @throws SinkError for one that can never work: an address that is none, a variable or module that is missing
 */
export function configuredSinks(sinks: readonly SinkConfig[], folder: object | undefined): Sink[] {
  return sinks
    .filter((sink) => folder !== undefined || 'module' in sink || !writesFiles.has(sink.kind))
    .map(configuredSink);
}

const writesFiles: ReadonlySet<string> = new Set(['jsonl', 'tensorboard', 'images', 'csv']);

function configuredSink(sink: SinkConfig): Sink {
  if ('module' in sink) return moduleSink(sink.module, sink.options);
  switch (sink.kind) {
    case 'console':
      return consoleSink();
    case 'jsonl':
      return jsonlSink();
    case 'tensorboard':
      return tensorboardSink();
    case 'images':
      return imagesSink();
    case 'csv':
      return csvSink(sink);
    case 'mlflow':
      return mlflowSink(sink);
    case 'wandb':
      return wandbSink(sink);
    case 'prometheus':
      return prometheusSink(sink);
    case 'otlp':
      return otlpSink(sink);
    case 'webhook':
      return webhookSink(sink);
  }
}
