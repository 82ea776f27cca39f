import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csvSink } from '../../../streams/sinks/csvSink.ts';
import { runSink, scalar, temporaryFolder } from './runSink.ts';

const read = (runDir: string, file = 'metrics.csv') => readFileSync(join(runDir, file), 'utf8');

describe('csvSink', () => {
  it('writes a line for each scalar, with everything quoted that needs it', async () => {
    const runDir = temporaryFolder();
    const report = await runSink(
      csvSink({ file: 'table.csv' }),
      [
        { kind: 'text', tag: 'note', step: 0, wallTime: 0, text: 'not a number' },
        scalar('train/loss', 1, 0.1 + 0.2),
        scalar('with "quotes", and comma', 2, Number.NaN),
        scalar('x', 3, Number.NEGATIVE_INFINITY),
      ],
      { runDir },
    );
    expect(report).toEqual({ name: 'csv', delivered: 4, dropped: 0 });
    expect(read(runDir, 'table.csv')).toBe(
      'step,wallTime,tag,value\n' +
        '1,1790000000.125,train/loss,0.30000000000000004\n' +
        '2,1790000000.25,"with ""quotes"", and comma",NaN\n' +
        '3,1790000000.375,x,-Infinity\n',
    );
  });

  it('drops what lies beyond the checkpoint when the run continues, and a line that a kill has cut', async () => {
    const runDir = temporaryFolder();
    await runSink(csvSink(), [scalar('x', 1, 1), scalar('x', 2, 2), scalar('x', 3, 3)], { runDir });
    // Cut within a number: it would pass for a whole line.
    appendFileSync(join(runDir, 'metrics.csv'), '2,1790000000.25,y,0.12');
    await runSink(csvSink(), [scalar('x', 3, 33)], { runDir, fromStep: 2 });
    expect(read(runDir)).toBe(
      'step,wallTime,tag,value\n1,1790000000.125,x,1\n2,1790000000.25,x,2\n3,1790000000.375,x,33\n',
    );
  });

  it('begins a file that is empty with its heading', async () => {
    const runDir = temporaryFolder();
    writeFileSync(join(runDir, 'metrics.csv'), '');
    await runSink(csvSink(), [scalar('x', 1, 1)], { runDir });
    expect(read(runDir)).toBe('step,wallTime,tag,value\n1,1790000000.125,x,1\n');
  });
});
