/**
 * Runs benchmarks one after another, each in a process of its own, and says on which machine.
 *
 *   npm run bench                             all topics
 *   npm run bench -- orchestration sinks      some
 *   npm run bench -- --peers                  with the references that need Python
 *   npm run bench -- --json results.json      writes the figures, too
 */
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { TopicReport } from './report.ts';
import { describeMachine, machineOf } from './support/machine.ts';

const noTopics = ['run.ts', 'report.ts'];
const topics = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !noTopics.includes(file))
  .map((file) => path.basename(file, '.ts'));

/** Runs one topic. @returns what it reported, and whether it succeeded */
function runTopic(topic: string, peers: boolean): Promise<{ reports: TopicReport[]; ok: boolean }> {
  const reports: TopicReport[] = [];
  const child = spawn(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', path.join(import.meta.dirname, `${topic}.ts`)],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NERFSTREAM_BENCH_PEERS: peers ? '1' : '' },
    },
  );
  child.on('message', (message) => reports.push(message as TopicReport));
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ reports, ok: status === 0 }));
  });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, peers: { type: 'boolean', default: false } },
});
const wanted = positionals.length > 0 ? positionals : topics;
const unknown = wanted.filter((topic) => !topics.includes(topic));
if (unknown.length > 0) {
  console.error(`error: no benchmark is called ${unknown.join(', ')}; there are: ${topics.join(', ')}`);
  process.exit(2);
}
const machine = await machineOf();
console.log(describeMachine(machine));
const reports: TopicReport[] = [];
const failed: string[] = [];
for (const topic of wanted) {
  console.log(`\n== ${topic}`);
  const result = await runTopic(topic, values.peers);
  reports.push(...result.reports);
  if (!result.ok) failed.push(topic);
}
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine, topics: reports, failed }, null, 2)}\n`);
if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
