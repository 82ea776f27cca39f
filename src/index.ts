/** nerfstream's public interface. There is more in `nerfstream/optimizers`, `nerfstream/streams` and `nerfstream/machines`. */
export type { TrainerCommand } from '../machines/commands.ts';
export { createTrainer } from '../machines/createTrainer.ts';
export { evaluateRun } from '../machines/evaluateRun.ts';
export type { TrainerState } from '../machines/runStatus.ts';
export type { EvaluationSummary, RunSummary, Trainer, TrainerStatus } from '../machines/trainer.ts';
export type { PipelineFactory, TrainerOptions } from '../machines/trainerOptions.ts';
export { attachSinks } from '../streams/attachSinks.ts';
export { defineSink } from '../streams/defineSink.ts';
export { evalSteps } from '../streams/evalSteps.ts';
export { createMetricBus, type MetricBus } from '../streams/metricBus.ts';
export type { ImageEvent, MetricEvent, ScalarEvent } from '../streams/metricEvent.ts';
export { isScalar } from '../streams/metricEvent.ts';
export { accumulateGradients } from '../streams/operators/accumulateGradients.ts';
export { applyOptimizers } from '../streams/operators/applyOptimizers.ts';
export { clipGradients } from '../streams/operators/clipGradients.ts';
export { commitSteps } from '../streams/operators/commitSteps.ts';
export { guardFinite } from '../streams/operators/guardFinite.ts';
export { publishSteps } from '../streams/operators/publishSteps.ts';
export { stepSchedulers } from '../streams/operators/stepSchedulers.ts';
export type {
  RunInfo,
  Sink,
  SinkDefinition,
  SinkFunction,
  SinkObject,
  SinkReport,
} from '../streams/sink.ts';
export { consoleSink } from '../streams/sinks/consoleSink.ts';
export { imagesSink } from '../streams/sinks/imagesSink.ts';
export { jsonlSink } from '../streams/sinks/jsonlSink.ts';
export { tensorboardSink } from '../streams/sinks/tensorboardSink.ts';
export type { AppliedStep, TrainStep } from '../streams/step.ts';
export { trainSteps } from '../streams/trainSteps.ts';
export type { Checkpoint } from './checkpoint/checkpoint.ts';
export { loadCheckpoint } from './checkpoint/checkpointFiles.ts';
export type { Clock } from './clock.ts';
export { defineConfig, loadConfig } from './config/loadConfig.ts';
export { presets } from './config/presets.ts';
export type { Config, ConfigInput } from './config/schema.ts';
export { type Dataparser, type DataSource, defineDataparser } from './data/dataparsers/dataparser.ts';
// biome-ignore format: names side by side
export {
  CheckpointError, CommandError, ConfigError, DataError, EngineError, NerfstreamError, NonFiniteError,
  RunFolderError, SinkError, StepError,
} from './errors.ts';
export { z } from './kinds.ts';
export type { Log } from './log.ts';
export { defineModel, definePipeline, type ModelKind } from './models/modelKind.ts';
export { createRayBuffers, type ModelScene, type RadianceModel } from './models/radianceModel.ts';
// biome-ignore format: names side by side
export type {
  EngineTensor, EvaluationScope, Parameter, Pipeline, RenderedImage, RenderRequest, TimePhase, TrainStepOutput,
} from './pipeline/pipeline.ts';
export { createEngine } from './tensors/createEngine.ts';
export type { Engine } from './tensors/engine.ts';
export { defineEngine } from './tensors/engineKinds.ts';
export type { NamedArrays } from './tensors/namedArrays.ts';
export * as tf from './tensors/tf.ts';
export { allowV8Flags } from './v8Flags.ts';
