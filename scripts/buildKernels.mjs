// Compiles the kernels from one source three times: without and with relaxed SIMD (fused multiply-add), and with that for engines that make
// one vector of 8 numbers out of two of 4.
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
const variants = {
  base: { features: 'simd,threads', wide: 0 },
  relaxed: { features: 'simd,threads,relaxed-simd', wide: 0 },
  wide: { features: 'simd,threads,relaxed-simd', wide: 1 },
};

await mkdir('dist/src/kernels', { recursive: true });
for (const [name, { features, wide }] of Object.entries(variants)) {
  const flags = features.split(',').flatMap((feature) => ['--enable', feature]);
  const { error, stderr } = await asc.main([
    ...common,
    ...flags,
    '--use',
    `WIDE=${wide}`,
    '--outFile',
    `dist/src/kernels/kernels.${name}.wasm`,
  ]);
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
}
