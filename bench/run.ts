/**
 * Runs the benchmarks one after another, each in a process of its own, and says on which machine.
 *
 *   npm run bench                      all topics
 *   npm run bench -- orchestration     some
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const own = path.basename(import.meta.filename);
const topics = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== own)
  .map((file) => path.basename(file, '.ts'));
const wanted = process.argv.slice(2).length > 0 ? process.argv.slice(2) : topics;
const unknown = wanted.filter((topic) => !topics.includes(topic));
if (unknown.length > 0) {
  console.error(`error: no benchmark is called ${unknown.join(', ')}; there are: ${topics.join(', ')}`);
  process.exit(2);
}
const [cpu] = os.cpus();
console.log(
  `${cpu?.model.trim()}, ${os.availableParallelism()} cores, load ${os.loadavg()[0]?.toFixed(1)}, Node.js ${process.version}`,
);
let failed = 0;
for (const topic of wanted) {
  console.log(`\n== ${topic}`);
  const { status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', path.join(import.meta.dirname, `${topic}.ts`)],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0) failed++;
}
process.exitCode = failed > 0 ? 1 : 0;
