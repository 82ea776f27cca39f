/** What panels make of what they are told. */
import { describe, expect, it } from 'vitest';
import { configRows } from '../../../src/studio/page/config/configRows.ts';
import { encodeCsv } from '../../../src/studio/page/curves/encodeCsv.ts';
import { groupsOf } from '../../../src/studio/page/curves/groupsOf.ts';
import { ScalarBoard } from '../../../src/studio/page/curves/scalarBoard.ts';
import { Series } from '../../../src/studio/page/curves/series.ts';
import { shownDuration, shownNumber } from '../../../src/studio/page/formats.ts';
import { viewsOf } from '../../../src/studio/page/pictures/viewsOf.ts';
import { timeLeft } from '../../../src/studio/page/training/timeLeft.ts';
import { whyOld } from '../../../src/studio/page/view/whyOld.ts';
import type { StatusMessage } from '../../../src/studio/protocol.ts';

describe('the scalars of a run', () => {
  const history = { loss: { steps: [1, 2, 3], times: [10, 20, 30], values: [3, 2, 'NaN'] } };
  const valuesOf = (board: ScalarBoard, tag: string) => {
    const { values, length } = board.get(tag)!;
    return [...values.slice(0, length)];
  };

  it('are the history, then what came while it was on its way, each step once', () => {
    const board = new ScalarBoard();
    board.begin();
    board.add([
      ['loss', 3, 30, 1],
      ['loss', 4, 40, 0.5],
    ]);
    board.setHistory(history);
    expect(valuesOf(board, 'loss')).toEqual([3, 2, 1, 0.5]);
  });

  it('[SK4] are void after the step that the run went back to, those on their way too', () => {
    const board = new ScalarBoard();
    board.begin();
    board.add([['loss', 4, 40, 0.5]]);
    board.forget(2);
    board.setHistory({ ...history, eval: { steps: [1], times: [1], values: [7] } });
    board.forget(2);
    expect(valuesOf(board, 'loss')).toEqual([3, 2]);
    expect(board.valueAt('eval', 2)).toBe(7);
    expect(board.valueAt('loss', 1)).toBe(3);
    expect(board.valueAt('loss', 0)).toBeUndefined();
  });

  it('are grouped by the first part of their tag, training first, single views apart', () => {
    const tags = ['time/step', 'eval/images/0/psnr', 'eval/psnr', 'own', 'train/loss'];
    expect([...groupsOf(tags)]).toEqual([
      ['train', ['train/loss']],
      ['eval', ['eval/psnr']],
      ['time', ['time/step']],
      ['eval/images', ['eval/images/0/psnr']],
      ['own', ['own']],
    ]);
  });

  it('are a table as they came', () => {
    const series = new Series();
    series.push(1, 1_790_000_000.125, 0.1);
    series.push(2, 1_790_000_001, Number.NaN);
    expect(encodeCsv('a "b", c', series)).toBe(
      'step,wall_time,"a ""b"", c"\n1,1790000000.125,0.1\n2,1790000001,NaN\n',
    );
  });
});

describe('pictures of evaluations', () => {
  it('are those of the run folder and those that came since, by view and step', () => {
    const stored = [
      { file: 'b.png', step: 200, index: 1 },
      { file: 'a.png', step: 100, index: 1 },
      { file: 'last.png', index: 0 },
    ];
    const fresh = [
      { tag: 'eval/images/1', step: 200, url: '/new' },
      { tag: 'something/else', step: 200, url: '/other' },
    ];
    expect(viewsOf('a run', stored, fresh, () => 300)).toEqual([
      { index: 0, pictures: [{ step: 300, url: '/api/runs/a%20run/pictures/last.png' }] },
      {
        index: 1,
        pictures: [
          { step: 100, url: '/api/runs/a%20run/pictures/a.png' },
          { step: 200, url: '/new' },
        ],
      },
    ]);
  });
});

describe('a configuration', () => {
  it('is a row for each value, with what the schema says, and whether it is the default', () => {
    const keys = [
      { key: 'trainer.maxSteps', expects: '', default: 1000, description: 'Steps.' },
      { key: 'trainer.seed', expects: '', default: 0, description: 'Seed.' },
    ];
    const config = { trainer: { maxSteps: 1000, seed: 7 }, sinks: [{ kind: 'csv' }] };
    expect(configRows(config, keys)).toEqual([
      { key: 'trainer.maxSteps', value: '1000', description: 'Steps.', default: '1000', isChanged: false },
      { key: 'trainer.seed', value: '7', description: 'Seed.', default: '0', isChanged: true },
      { key: 'sinks', value: '[{"kind":"csv"}]', description: '', isChanged: false },
    ]);
    expect(configRows(undefined, keys)).toEqual([]);
  });
});

describe('what is shown', () => {
  it('is old without a connection, when the camera moved on, and when steps were made since', () => {
    const status = { step: 130, stepsPerSecond: 10 };
    expect(whyOld(30, status, 'open', 0)).toBeUndefined();
    expect(whyOld(29, status, 'open', 0)).toBe('old: 101 steps behind');
    expect(whyOld(128, { step: 130, stepsPerSecond: 0 }, 'open', 0)).toBe('old: 2 steps behind');
    expect(whyOld(130, status, 'open', 1500)).toBe('old: the camera has moved on');
    expect(whyOld(130, status, 'lost', 0)).toBe('old: connection lost');
    // Of a run that another process trains, how old its checkpoint is.
    const saved = { step: 120, ageSeconds: 185 };
    expect(whyOld(120, { ...status, saved }, 'open', 0)).toBe('saved 3 min 05 s ago, 10 steps behind');
    expect(whyOld(130, { ...status, saved }, 'open', 0)).toBeUndefined();
  });

  it('has numbers as people read them', () => {
    expect([0.0312, 28.7123, 12345, 1.6e-4, 0, 'NaN', undefined].map((value) => shownNumber(value))).toEqual([
      ...['0.0312', '28.71', '12,345', '1.60e-4', '0', 'NaN', '–'],
    ]);
    expect([8, 185, 7620, Number.NaN].map(shownDuration)).toEqual(['8 s', '3 min 05 s', '2 h 07 min', '–']);
  });

  it('has the time left as the run says it, or from its rate; none while it does not train', () => {
    const status: StatusMessage = {
      type: 'status',
      ...{ state: 'training', step: 100, maxSteps: 600, trainSeconds: 1, stepsPerSecond: 10 },
      ...{ metrics: {}, learningRates: {}, visitors: 1, sinkTroubles: [] },
      viewing: { share: 0.5, measuredShare: 0, picturesPerSecond: 0 },
    };
    expect(timeLeft(status)).toBe(50);
    expect(timeLeft({ ...status, metrics: { 'time/eta_seconds': 42 } })).toBe(42);
    expect(timeLeft({ ...status, state: 'paused' })).toBeUndefined();
  });
});
