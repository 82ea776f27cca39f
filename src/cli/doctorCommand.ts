/** `nerfstream doctor`: what this machine offers, which engines run on it, and what would make it faster. */
import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';
import { loadKernelModule } from '../kernels/loadKernelModule.ts';
import { colmapAdvice, findColmap } from '../process/findColmap.ts';
import type { LoadedTensorflow } from '../tensors/native/loadTensorflow.ts';
import { probeTensorflow } from '../tensors/native/probeTensorflow.ts';
import { type Diagnosis, describeDiagnosis } from './describeDiagnosis.ts';

/** @returns the exit code: 0 if nerfstream can train here, 1 if not. */
export async function doctorCommand(options: { readonly json?: boolean }): Promise<number> {
  const diagnosis = await diagnose();
  process.stdout.write(options.json ? `${JSON.stringify(diagnosis)}\n` : describeDiagnosis(diagnosis));
  return diagnosis.problems.length === 0 ? 0 : 1;
}

async function diagnose(): Promise<Diagnosis> {
  const problems: string[] = [];
  const simd = await loadKernelModule().then(
    ({ variant }) => variant,
    (error: Error) => {
      problems.push(error.message);
      return 'none' as const;
    },
  );
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) problems.push(`Node.js ${process.versions.node} is too old; use 20 or newer`);
  const [{ loaded = null, reasons }, gpus, colmap] = await Promise.all([
    probeTensorflow(),
    findGpus(),
    findColmap(),
  ]);
  return {
    node: process.versions.node,
    system: `${os.type()} ${os.release()} ${process.arch}`,
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    threads: os.availableParallelism(),
    memoryGigabytes: gigabytes(os.totalmem()),
    freeMemoryGigabytes: gigabytes(os.freemem()),
    gpus,
    simd,
    tensorflow: loaded,
    tensorflowProblems: reasons,
    colmap: colmap.found
      ? { kind: colmap.found.kind, version: colmap.found.version, file: colmap.found.file }
      : null,
    colmapProblems: colmap.found ? [] : [...colmap.problems, `for nerfstream process ${colmapAdvice}`],
    auto: loaded?.hasGpu ? 'tensorflow' : simd === 'none' ? null : 'simd',
    problems,
    advice: [...moreSpeed(gpus, loaded), ...(simd === 'base' ? [newerNode] : [])],
  };
}

const newerNode = 'Node.js 22 or newer, or a processor with fused multiply-add, runs the faster SIMD kernels';

function moreSpeed(gpus: readonly string[], loaded: LoadedTensorflow | null): string[] {
  if (loaded?.hasGpu) return [];
  if (gpus.length > 0)
    return [
      'for the GPU: npm install @tensorflow/tfjs-node-gpu, or npm run setup:native -- --gpu (downloads 1.9 GB)',
    ];
  if (loaded) return ['without a GPU the engine simd is the fastest; tensorflow is there to compare with'];
  return [
    'nothing: without an NVIDIA GPU the engine simd is the fastest (npm run setup:native builds TensorFlow to compare with, 207 MB)',
  ];
}

async function findGpus(): Promise<string[]> {
  try {
    const query = ['--query-gpu=name,memory.total', '--format=csv,noheader'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000 });
    return stdout.trim().split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

function gigabytes(bytes: number): number {
  return Math.round((bytes / 2 ** 30) * 10) / 10;
}
