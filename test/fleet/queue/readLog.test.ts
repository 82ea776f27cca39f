import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { partOfLog, readLog } from '../../../src/fleet/queue/readLog.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('readLog', () => {
  const newFile = () => path.join(temporaryFolder(), 'run.log');

  it('[FL28] gives the last whole lines, then what came after them, each line once', async () => {
    const file = newFile();
    writeFileSync(file, 'eins\nzwei\ndrü');
    const first = await readLog(file, { lines: 1 });
    expect(first).toEqual({ text: 'zwei', at: 10 });
    expect(await readLog(file, { lines: 1, from: first.at })).toEqual({ text: '', at: 10 });
    appendFileSync(file, 'ben\n\nvier\n');
    const second = await readLog(file, { lines: 1, from: first.at });
    expect(second).toEqual({ text: 'drüben\n\nvier', at: 24 });
    expect(partOfLog(Buffer.from('eins\nzwei\n'), { lines: 9, from: 5 })).toEqual({ text: 'zwei', at: 10 });
  });

  it('[FL28] begins anew where the log is another one, and has nothing where there is none', async () => {
    const file = newFile();
    writeFileSync(file, 'new\n');
    expect(await readLog(file, { lines: 5, from: 1_000 })).toEqual({ text: 'new', at: 4 });
    expect(await readLog(`${file}.none`, { lines: 5 })).toEqual({ text: '', at: 0 });
  });

  it('[FL28] of a long log shows whole lines, and goes on piece by piece', async () => {
    const file = newFile();
    const lines = Array.from({ length: 60_000 }, (_, index) => `line ${index}`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    const end = await readLog(file, { lines: 100_000 });
    expect(lines.slice(-end.text.split('\n').length)).toEqual(end.text.split('\n'));
    let [text, at] = ['', 0];
    for (let part = await readLog(file, { lines: 1, from: at }); part.at > at; ) {
      text += `${part.text}\n`;
      at = part.at;
      part = await readLog(file, { lines: 1, from: at });
    }
    expect(text).toBe(`${lines.join('\n')}\n`);
  });
});
