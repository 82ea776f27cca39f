/** The sinks that a configuration names. */
import type { SinkConfig } from '../src/config/schema.ts';
import type { Sink } from '../streams/sink.ts';
import { consoleSink } from '../streams/sinks/consoleSink.ts';
import { imagesSink } from '../streams/sinks/imagesSink.ts';
import { jsonlSink } from '../streams/sinks/jsonlSink.ts';
import { moduleSink } from '../streams/sinks/moduleSink.ts';
import { tensorboardSink } from '../streams/sinks/tensorboardSink.ts';

const builtIn = { console: consoleSink, jsonl: jsonlSink, tensorboard: tensorboardSink, images: imagesSink };

/** One sink for each entry, in order. A run in memory (no `folder`) leaves out those that write files. */
export function configuredSinks(sinks: readonly SinkConfig[], folder: object | undefined): Sink[] {
  return sinks.flatMap((sink) => {
    if ('module' in sink) return [moduleSink(sink.module, sink.options)];
    return folder || sink.kind === 'console' ? [builtIn[sink.kind]()] : [];
  });
}
