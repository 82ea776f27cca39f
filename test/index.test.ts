/** The public interface is a promise: whatever is added or taken away shows here. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as nerfstream from '../src/index.ts';

const values = [
  'CheckpointError',
  'CommandError',
  'ConfigError',
  'DataError',
  'EngineError',
  'NerfstreamError',
  'NonFiniteError',
  'RunFolderError',
  'SinkError',
  'StepError',
  'accumulateGradients',
  'allowV8Flags',
  'applyOptimizers',
  'attachSinks',
  'clipGradients',
  'commitSteps',
  'consoleSink',
  'createEngine',
  'createMetricBus',
  'createRayBuffers',
  'createTrainer',
  'defineConfig',
  'defineDataparser',
  'defineEngine',
  'defineModel',
  'definePipeline',
  'defineSink',
  'evalSteps',
  'evaluateRun',
  'guardFinite',
  'imagesSink',
  'isScalar',
  'jsonlSink',
  'loadCheckpoint',
  'loadConfig',
  'presets',
  'publishSteps',
  'stepSchedulers',
  'tensorboardSink',
  'tf',
  'trainSteps',
  'z',
];

describe('the public interface', () => {
  it('has these values', () => {
    expect(Object.keys(nerfstream).sort()).toEqual(values);
  });

  it('fits on one screen, with every name spelt out', () => {
    const source = readFileSync(path.resolve(import.meta.dirname, '../src/index.ts'), 'utf8');
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    expect(source).not.toMatch(/export \* from/);
  });
});
