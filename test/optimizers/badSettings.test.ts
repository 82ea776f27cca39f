/** Settings of optimizers and schedules that make no sense: one clear line each, before anything is written. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/loadConfig.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { ConfigError } from '../../src/errors.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { startRun } from '../support/trainerRuns.ts';

const optimizer = 'groups.encoding.optimizer';
const scheduler = 'groups.encoding.scheduler';

describe('as on the command line', () => {
  it.each([
    [`${optimizer}.learningRate=-0.1`, `${optimizer}.learningRate: -0.1 does not fit: expected a number > 0`],
    [`${optimizer}.betas=[0.9, 1]`, `${optimizer}.betas.1: 1 does not fit: expected a number >= 0, < 1`],
    [
      `${optimizer}.betas=[-0.1, 0.9]`,
      `${optimizer}.betas.0: -0.1 does not fit: expected a number >= 0, < 1`,
    ],
    [`${optimizer}.kind=adamm`, `${optimizer}.kind: unknown kind "adamm", did you mean adam?`],
    [
      `${optimizer}={kind: sgd, nesterov: true}`,
      `${optimizer}.nesterov: true does not fit: nesterov needs a momentum > 0 and no dampening`,
    ],
    ['groups.other.clipNorm=1', 'groups.other.optimizer: missing: expected a section of keys'],
    [
      `${scheduler}={kind: multiStep, milestones: [5, 2]}`,
      `${scheduler}.milestones: [5,2] does not fit: milestones must increase`,
    ],
    [
      `${scheduler}={kind: sequential, milestones: [5, 5], schedules: [{kind: linear}, {kind: linear}, {kind: linear}]}`,
      `${scheduler}.milestones: [5,5] does not fit: milestones must increase`,
    ],
    [
      `${scheduler}={kind: sequential, milestones: [5], schedules: [{kind: linear}]}`,
      `${scheduler}.schedules: [{"kind":"linear"}] does not fit: needs exactly one schedule more than milestones`,
    ],
    [
      `${scheduler}={kind: oneCycle, maxLearningRate: 0.1, totalSteps: 0}`,
      `${scheduler}.totalSteps: 0 does not fit: expected a whole number >= 2`,
    ],
    [
      `${scheduler}={kind: polynomial, totalSteps: 0}`,
      `${scheduler}.totalSteps: 0 does not fit: expected a whole number > 0`,
    ],
    [
      `${scheduler}={kind: cosineDecay, maxSteps: 0}`,
      `${scheduler}.maxSteps: 0 does not fit: expected a whole number > 0`,
    ],
    [
      `${scheduler}={kind: cosineDecay, maxSteps: 10, warmupSteps: 20}`,
      `${scheduler}.warmupSteps: 20 does not fit: must not exceed maxSteps`,
    ],
    [
      `${scheduler}.finalLearningRate=0`,
      `${scheduler}.finalLearningRate: 0 does not fit: expected a number > 0`,
    ],
    ['trainer.maxSteps=0', 'trainer.maxSteps: 0 does not fit: expected a whole number > 0'],
    [
      'trainer.earlyStop.patience=-1',
      'trainer.earlyStop.patience: -1 does not fit: expected a whole number >= 0',
    ],
    ['trainer.skipSpikes.decay=1', 'trainer.skipSpikes.decay: 1 does not fit: expected a number >= 0, < 1'],
  ])('%s', async (assignment, expected) => {
    const { message } = await refusal(loadConfig('instant-ngp', {}, [assignment]));
    expect(message.slice(0, `command line: ${expected}`.length)).toBe(`command line: ${expected}`);
    expect(message).not.toMatch(/\n|and \d+ more/);
  });
});

describe('against the model', () => {
  const adam = { optimizer: { kind: 'adam' } } as const;
  const cases: readonly (readonly [string, ConfigInput['groups'], string])[] = [
    [
      'the optimizer of a group that does not exist',
      { line: adam, shift: adam, shft: adam },
      'groups.shft: the model has no parameter group of that name, did you mean groups.shift? (it has: line, shift)',
    ],
    [
      'a group without optimizer',
      { line: adam },
      'groups.shift: this parameter group of the model has no optimizer; set groups.shift.optimizer',
    ],
    [
      'an average that is kept twice',
      { line: { ...adam, transforms: [{ kind: 'ema' }, { kind: 'ema' }] }, shift: adam },
      'two transforms of a chain remember something called average; use each only once',
    ],
  ];
  it.each(cases)('%s', async (_, groups, expected) => {
    const runDir = path.join(temporaryFolder(), 'run');
    const { trainer } = await startRun({ groups }, { runDir });
    const { message } = await refusal(trainer.done);
    expect(message).toBe(expected);
    expect(existsSync(runDir)).toBe(false);
  });
});

async function refusal(promise: Promise<unknown>): Promise<ConfigError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return error as ConfigError;
}
