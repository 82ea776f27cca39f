/** A sink of ten lines in a file outside the project, named in a YAML config, receives everything that a run says. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runCli } from '../cli/runCli.ts';
import { tinySettings, writeTinyScene } from '../cli/tinyScene.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const source = `import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineSink } from 'nerfstream';

let file;
export const sink = defineSink({
  name: 'mine',
  open: (run) => void (file = join(run.runDir, run.options.file)),
  write: (events) => appendFile(file, events.map((event) => JSON.stringify(event) + '\\n').join('')),
});
`;

it('a custom sink of ten lines, outside the project, receives everything', { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  await writeTinyScene(path.join(folder, 'scene'));
  // As npm installs it.
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), path.join(folder, 'node_modules/nerfstream'));
  mkdirSync(path.join(folder, 'sinks'));
  writeFileSync(path.join(folder, 'sinks/mine.mjs'), source);
  expect(source.trimEnd().split('\n')).toHaveLength(10);
  writeFileSync(
    path.join(folder, 'run.yaml'),
    `extends: instant-ngp
data: { path: scene }
trainer: { maxSteps: 40 }
evaluate: { imageEverySteps: 20 }
sinks:
  - kind: jsonl
  - module: ./sinks/mine.mjs
    options: { file: mine.txt }
`,
  );

  const args = ['train', path.join(folder, 'run.yaml'), '--out', folder, '--name', 'run', ...tinySettings];
  expect(await runCli(args)).toMatchObject({ code: 0, stderr: '' });

  const linesOf = (file: string): Record<string, unknown>[] =>
    readFileSync(path.join(folder, 'run', file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const fields = ({ kind, tag, step, wallTime, value, text }: Record<string, unknown>) => ({
    kind,
    tag,
    step,
    wallTime,
    value,
    text,
  });
  const all = linesOf('metrics.jsonl');
  expect(linesOf('mine.txt').map(fields)).toEqual(all.map(fields));
  expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['config', 'scalar', 'image', 'text']));
  expect(all.at(-1)).toMatchObject({ tag: 'run/end', step: 40, text: 'completed' });
  const summary = JSON.parse(readFileSync(path.join(folder, 'run/summary.json'), 'utf8'));
  expect(summary.sinks[1]).toEqual({ name: 'mine', delivered: all.length, dropped: 0 });
});
