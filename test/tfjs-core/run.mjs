// npm run test:tfjs -- [cpu|simd] [part of a spec's name]
// Runs the specs that @tensorflow/tfjs-core publishes on a backend and prints how many passed and failed.
// Exit code 1 if a spec fails that is not explained in explained.mjs, or if suspiciously few ran.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { explainedFailures } from './explained.mjs';

const backends = {
  cpu: fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-cpu/dist/index.js')),
  simd: fileURLToPath(new URL('../../src/simd.ts', import.meta.url)),
};
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
/** Version 4.22.0 of the library has 4,227 specs for a backend in Node, with those of chained operations. */
const fewestSpecs = 4_000;

/** In a bundle `import.meta.url` is the bundle's; this package's files look for their compiled neighbours beside themselves. */
const sourceUrls = {
  name: 'source-urls',
  setup(builder) {
    builder.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, 'utf8')).replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(file).href),
      ),
      loader: 'ts',
    }));
  },
};

const [backend = 'simd', filter = ''] = process.argv.slice(2);
if (!(backend in backends)) {
  console.error(`no backend is named ${backend}; there are ${Object.keys(backends).join(' and ')}`);
  process.exit(2);
}
const { passed, failed } = await runSpecs();
const unexplained = failed.filter(({ name }) => !explainedFailures[backend]?.[name]);
for (const { name, message } of unexplained) console.log(`FAILED ${name}\n  ${message.slice(0, 500)}`);
for (const [name, reason] of Object.entries(explainedFailures[backend] ?? {}))
  if (failed.some((failure) => failure.name === name)) console.log(`explained: ${name}\n  ${reason}`);
console.log(`tfjs-core specs on ${backend}: ${passed} passed, ${failed.length} failed`);
process.exitCode = unexplained.length > 0 || (!filter && passed + failed.length < fewestSpecs) ? 1 : 0;

/** Bundles the specs with the backend, so that both share one copy of the library, and runs the bundle. */
async function runSpecs() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tfjs-specs-'));
  try {
    const outfile = path.join(folder, 'specs.cjs');
    await build({
      entryPoints: [fileURLToPath(new URL('specs.mjs', import.meta.url))],
      inject: [backends[backend]],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      mainFields: ['module', 'main'],
      // The library declares its spec files free of side effects; a bundler that believes it leaves them out.
      ignoreAnnotations: true,
      // It assigns undeclared variables, which strict code, as all of a bundle is, does not let it do.
      external: ['jasmine-core'],
      plugins: [sourceUrls],
      logLevel: 'error',
      outfile,
    });
    const { stdout, stderr, status } = spawnSync(process.execPath, [outfile], {
      env: { ...process.env, TFJS_BACKEND: backend, TFJS_FILTER: filter, NODE_PATH: modules },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    const report = stdout.trim().split('\n').at(-1) ?? '';
    if (!report.startsWith('{')) throw new Error(`the specs ended early (${status}):\n${stdout}\n${stderr}`);
    return JSON.parse(report);
  } finally {
    await rm(folder, { recursive: true });
  }
}
