/** Where metrics may go: the kinds of sinks, with their settings. No secrets: the configuration is copied into the run folder. */
import { z } from 'zod';

const flushTimeoutMs = (ms: number) =>
  z
    .number()
    .int()
    .positive()
    .default(ms)
    .describe('How long the end of the run waits for it, in milliseconds.');
const runName = z.string().min(1).optional().describe('Default: the name of the run folder.');

const console = z.strictObject({
  kind: z.literal('console').describe('A progress bar on a terminal, plain lines elsewhere.'),
});

const jsonl = z.strictObject({
  kind: z.literal('jsonl').describe('Every event as a line of metrics.jsonl.'),
});

const tensorboard = z.strictObject({
  kind: z.literal('tensorboard').describe('Event files for TensorBoard.'),
});

const images = z.strictObject({ kind: z.literal('images').describe('Rendered images as PNG files.') });

const csv = z.strictObject({
  kind: z.literal('csv').describe('Every scalar as a line of a table.'),
  file: z.string().min(1).default('metrics.csv').describe('Its name in the run folder.'),
});

const mlflow = z.strictObject({
  kind: z.literal('mlflow').describe('An MLflow tracking server.'),
  url: z
    .string()
    .optional()
    .describe('The tracking server; default: MLFLOW_TRACKING_URI, else http://127.0.0.1:5000.'),
  experiment: z.string().min(1).default('nerfstream').describe('Created where it is missing.'),
  runName,
  queueSize: z
    .number()
    .int()
    .positive()
    .default(100_000)
    .describe('Scalars that wait while the server is away; the oldest are dropped beyond it.'),
  flushTimeoutMs: flushTimeoutMs(15_000),
});

const wandb = z.strictObject({
  kind: z.literal('wandb').describe('Weights & Biases, through its Python package.'),
  project: z.string().min(1).optional().describe('Default: WANDB_PROJECT, else nerfstream.'),
  entity: z.string().min(1).optional().describe('User or team; default: WANDB_ENTITY, else your own.'),
  runName,
  mode: z.enum(['online', 'offline', 'disabled']).optional().describe('Default: WANDB_MODE, else online.'),
  python: z.string().min(1).default('python3').describe('The interpreter that has the package wandb.'),
  flushTimeoutMs: flushTimeoutMs(60_000),
});

const prometheus = z.strictObject({
  kind: z.literal('prometheus').describe('The newest values at /metrics, for Prometheus.'),
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on; the default is reachable from this machine alone.'),
  port: z.number().int().min(0).max(65_535).default(9464).describe('0: any free port.'),
});

const otlp = z.strictObject({
  kind: z.literal('otlp').describe('An OpenTelemetry collector, by OTLP over HTTP.'),
  endpoint: z
    .string()
    .optional()
    .describe('The collector; default: OTEL_EXPORTER_OTLP_ENDPOINT, else http://localhost:4318.'),
  everyMs: z.number().int().positive().default(1_000).describe('Milliseconds between two exports.'),
});

const webhook = z.strictObject({
  kind: z
    .literal('webhook')
    .describe('Posts JSON when the run has finished, has failed, or is better than before.'),
  url: z.string().optional().describe('Where to post.'),
  urlVariable: z
    .string()
    .min(1)
    .optional()
    .describe('Environment variable that holds the address, for one that is a secret.'),
  secretVariable: z
    .string()
    .min(1)
    .optional()
    .describe('Environment variable whose content is sent in secretHeader.'),
  secretHeader: z.string().min(1).default('Authorization').describe('Name of that header.'),
  events: z
    .array(z.enum(['finished', 'failed', 'best']))
    .default(['finished', 'failed', 'best'])
    .describe('What is told.'),
  metric: z.string().default('eval/psnr').describe('Tag that decides what is best.'),
  mode: z.enum(['max', 'min']).default('max').describe('Whether larger or smaller is better.'),
  timeoutMs: z.number().int().positive().default(5_000).describe('How long an answer may take.'),
  retries: z.number().int().nonnegative().default(5).describe('How often a failed request is made again.'),
});

const module = z
  .strictObject({
    module: z
      .string()
      .describe(
        'Path of a JavaScript module, relative to the config file; its export `sink` is a sink function or object.',
      ),
    options: z.record(z.string(), z.unknown()).default({}).describe('Given to the sink as run.options.'),
  })
  .describe('A sink of your own.');

/** One place where metrics go. */
export const sinkSchema = z.union([
  console,
  jsonl,
  tensorboard,
  images,
  csv,
  mlflow,
  wandb,
  prometheus,
  otlp,
  webhook,
  module,
]);
export type SinkConfig = z.output<typeof sinkSchema>;
