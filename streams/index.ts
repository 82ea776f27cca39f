/** The step streams, their operators, and the metric stream with its sinks. */
export { type AttachedSinks, attachSinks } from './attachSinks.ts';
export { defineSink } from './defineSink.ts';
export {
  type BatchEvaluated,
  type EvalStep,
  type EvalStepsOptions,
  evalSteps,
  type ImageEvaluated,
} from './evalSteps.ts';
export { createMetricBus, type MetricBus, type MetricBusOptions } from './metricBus.ts';
export type {
  ConfigEvent,
  HistogramEvent,
  ImageEvent,
  MetricEvent,
  ScalarEvent,
  TextEvent,
} from './metricEvent.ts';
export { isScalar } from './metricEvent.ts';
export { accumulateGradients } from './operators/accumulateGradients.ts';
export { applyOptimizers } from './operators/applyOptimizers.ts';
export { type ClippedStep, clipGradients } from './operators/clipGradients.ts';
export { commitSteps } from './operators/commitSteps.ts';
export { earlyStop, type StopSignal } from './operators/earlyStop.ts';
export { guardFinite, type NonFinitePolicy } from './operators/guardFinite.ts';
export { observeMetrics } from './operators/observeMetrics.ts';
export { publishFactors } from './operators/publishFactors.ts';
export { measureGradients, publishHistograms } from './operators/publishHistograms.ts';
export { publishSteps } from './operators/publishSteps.ts';
export { skipSpikes } from './operators/skipSpikes.ts';
export { stepSchedulers } from './operators/stepSchedulers.ts';
export { timePhase } from './operators/timePhase.ts';
export { unscaleGradients } from './operators/unscaleGradients.ts';
export { isRollback, type RollbackEvent } from './rollback.ts';
export { isRunEnd, type RunEnd, runEndOf } from './runEnd.ts';
export type {
  CountLost,
  RetryPolicy,
  RunInfo,
  Sink,
  SinkDefinition,
  SinkFunction,
  SinkObject,
  SinkReport,
  StreamSink,
} from './sink.ts';
export { consoleSink } from './sinks/consoleSink.ts';
export { type CsvSinkOptions, csvSink } from './sinks/csvSink.ts';
export { imagesSink } from './sinks/imagesSink.ts';
export { jsonlSink } from './sinks/jsonlSink.ts';
export { type MlflowSinkOptions, mlflowSink } from './sinks/mlflowSink.ts';
export { moduleSink } from './sinks/moduleSink.ts';
export { type OtlpSinkOptions, otlpSink } from './sinks/otlpSink.ts';
export { type PrometheusSinkOptions, prometheusSink } from './sinks/prometheusSink.ts';
export { tensorboardSink } from './sinks/tensorboardSink.ts';
export { type WandbSinkOptions, wandbSink } from './sinks/wandbSink.ts';
export { type WebhookSinkOptions, webhookSink } from './sinks/webhookSink.ts';
export type { AppliedStep, TrainStep } from './step.ts';
export { type TrainStepsOptions, trainSteps } from './trainSteps.ts';
export { type YieldTo, yieldToEventLoop } from './yieldToEventLoop.ts';
