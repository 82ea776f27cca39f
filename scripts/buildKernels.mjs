// Compiles the kernels from one source three times, at the same time: without and with relaxed SIMD (fused multiply-add), and with that for
// engines that make one vector of 8 numbers out of two of 4. Does nothing where they were made from the same sources by the same compiler.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import asc from 'assemblyscript/asc';

const sources = 'src/kernels/assembly';
const built = 'dist/src/kernels';
const common = [
  `${sources}/index.ts`,
  '--runtime',
  'stub',
  '-O3',
  '--noAssert',
  '--importMemory',
  '--sharedMemory',
  '--initialMemory',
  '64',
  '--maximumMemory',
  '65536',
  '--memoryBase',
  '32768',
  '--noExportMemory',
];
const variants = {
  base: { features: 'simd,threads', wide: 0 },
  relaxed: { features: 'simd,threads,relaxed-simd', wide: 0 },
  wide: { features: 'simd,threads,relaxed-simd', wide: 1 },
};

if (isMainThread) await buildAll();
else await compile(workerData);

async function buildAll() {
  const stamp = `${built}/kernels.sha256`;
  const digest = digestOfInputs();
  const isThere = (name) => existsSync(fileOf(name));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest && Object.keys(variants).every(isThere))
    return;
  mkdirSync(built, { recursive: true });
  rmSync(stamp, { force: true });
  const compiled = await Promise.all(Object.keys(variants).map(compileInThread));
  if (compiled.every(Boolean)) writeFileSync(stamp, digest);
  else process.exitCode = 1;
}

/** All that the modules follow from: the sources, this script with its flags, and the compiler's version. */
function digestOfInputs() {
  const hash = createHash('sha256')
    .update(asc.version)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(sources, { recursive: true }).sort())
    if (name.endsWith('.ts')) hash.update(`\n${name}\n`).update(readFileSync(`${sources}/${name}`));
  return hash.digest('hex');
}

function fileOf(name) {
  return `${built}/kernels.${name}.wasm`;
}

/** Whether it could be compiled; what the compiler says of errors is written. */
function compileInThread(name) {
  return new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url), { workerData: name })
      .once('error', reject)
      .once('exit', (code) => resolve(code === 0));
  });
}

async function compile(name) {
  const { features, wide } = variants[name];
  const flags = features.split(',').flatMap((feature) => ['--enable', feature]);
  const { error, stderr } = await asc.main([
    ...common,
    ...flags,
    '--use',
    `WIDE=${wide}`,
    '--outFile',
    fileOf(name),
  ]);
  if (error) {
    process.stderr.write(stderr.toString());
    process.exitCode = 1;
  }
}
