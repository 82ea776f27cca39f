/** `nerfstream doctor`: what this machine offers. */
import os from 'node:os';
import { loadKernelModule } from '../kernels/loadKernelModule.ts';

/** What `doctor --json` prints. */
interface Diagnosis {
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly threads: number;
  readonly memoryGigabytes: number;
  readonly freeMemoryGigabytes: number;
  /** `relaxed`: SIMD with fused multiply-add; `base`: SIMD; `none`: the kernels cannot run. */
  readonly simd: 'relaxed' | 'base' | 'none';
  readonly tensorflow: string | null;
  readonly problems: readonly string[];
}

/** @returns the exit code: 0 if nerfstream can train here, 1 if not. */
export async function doctorCommand(options: { readonly json?: boolean }): Promise<number> {
  const diagnosis = await diagnose();
  process.stdout.write(options.json ? `${JSON.stringify(diagnosis)}\n` : describe(diagnosis));
  return diagnosis.problems.length === 0 ? 0 : 1;
}

async function diagnose(): Promise<Diagnosis> {
  const problems: string[] = [];
  const simd = await loadKernelModule().then(
    ({ relaxedSimd }) => (relaxedSimd ? ('relaxed' as const) : ('base' as const)),
    (error: Error) => {
      problems.push(error.message);
      return 'none' as const;
    },
  );
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) problems.push(`Node.js ${process.versions.node} is too old; use 20 or newer`);
  const gigabytes = (bytes: number) => Math.round((bytes / 2 ** 30) * 10) / 10;
  return {
    node: process.versions.node,
    system: `${os.type()} ${os.release()} ${process.arch}`,
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    threads: os.availableParallelism(),
    memoryGigabytes: gigabytes(os.totalmem()),
    freeMemoryGigabytes: gigabytes(os.freemem()),
    simd,
    tensorflow: await installedTensorflow(),
    problems,
  };
}

/** Which TensorFlow binding is installed beside nerfstream, if any. Its native library is not loaded. */
async function installedTensorflow(): Promise<string | null> {
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    try {
      import.meta.resolve(name);
      return name;
    } catch {
      // Not installed: it is optional.
    }
  }
  return null;
}

const simdInWords = {
  relaxed: 'SIMD with fused multiply-add',
  base: 'SIMD',
  none: 'cannot run',
};

function describe(diagnosis: Diagnosis): string {
  const { node, system, processor, threads, memoryGigabytes, freeMemoryGigabytes, simd, tensorflow } =
    diagnosis;
  const lines = [
    `Node.js     ${node} on ${system}`,
    `processor   ${processor}, ${threads} threads`,
    `memory      ${memoryGigabytes} GB, ${freeMemoryGigabytes} GB free`,
    `engine      simd: ${simdInWords[simd]}`,
    `tensorflow  ${tensorflow ?? 'not installed'}; this version does not use it yet, the simd engine needs nothing else`,
    ...diagnosis.problems.map((problem) => `problem     ${problem}`),
    diagnosis.problems.length === 0 ? 'nerfstream can train here.' : 'nerfstream cannot train here.',
  ];
  return `${lines.join('\n')}\n`;
}
