// Compiles the kernels twice from one source: with relaxed SIMD (fused multiply-add) and without.
import { mkdir } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const source = 'src/kernels/assembly/index.ts';
const common = [
  source,
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
const variants = { base: 'simd,threads', relaxed: 'simd,threads,relaxed-simd' };

await mkdir('dist/src/kernels', { recursive: true });
for (const [name, features] of Object.entries(variants)) {
  const flags = features.split(',').flatMap((feature) => ['--enable', feature]);
  const { error, stderr } = await asc.main([
    ...common,
    ...flags,
    '--outFile',
    `dist/src/kernels/kernels.${name}.wasm`,
  ]);
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
}
