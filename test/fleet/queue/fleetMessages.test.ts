import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fleetCommandSchema, readMessage } from '../../../src/fleet/queue/fleetMessages.ts';
import { steeringWords } from '../../../src/fleet/queue/steeringCommands.ts';

const read = (command: object) =>
  readMessage(
    fleetCommandSchema,
    JSON.stringify({ id: randomUUID(), target: { kind: 'all' }, ask: { type: 'perform', command } }),
  )?.ask;

describe('commands to workers', () => {
  it('[FL51] are the words of ctl', () => {
    expect([...steeringWords]).toEqual([
      ['checkpoint', 'checkpoint'],
      ['evaluate', 'evaluate'],
      ['set', 'setLearningRate'],
    ]);
  });

  it('[FL23] are heard with the arguments that a trainer takes, and no others', () => {
    const good = { type: 'trainer.setLearningRate', group: 'encoding', factor: 0.5 };
    expect(read(good)).toEqual({ type: 'perform', command: good });
    for (const bad of [
      { ...good, factor: -1 },
      { ...good, more: 1 },
      { type: 'trainer.evaluate', scope: 'everything' },
      // A fleet holds and ends runs in its own way, and pictures go to nobody.
      { type: 'trainer.stop' },
      { type: 'trainer.render', view: 0 },
      { type: 'status' },
    ])
      expect(read(bad)).toBeUndefined();
  });
});
