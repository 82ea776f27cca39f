/** What `nerfstream doctor` prints for people. */
import { type KernelVariant, kernelVariantInWords } from '../kernels/kernelVariants.ts';
import type { Colmap } from '../process/colmapTask.ts';
import type { LoadedTensorflow } from '../tensors/native/loadTensorflow.ts';

/** What `doctor --json` prints. */
export interface Diagnosis {
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly threads: number;
  readonly memoryGigabytes: number;
  readonly freeMemoryGigabytes: number;
  /** Name and memory of the NVIDIA GPUs that the driver shows. */
  readonly gpus: readonly string[];
  /** Which of the compiled kernels run; `none`: they cannot. */
  readonly simd: KernelVariant | 'none';
  /** The binding that works, if any. */
  readonly tensorflow: LoadedTensorflow | null;
  /** One line for each binding that does not work, or saying that none is installed. */
  readonly tensorflowProblems: readonly string[];
  /** What `nerfstream process` places photos with, if anything. */
  readonly colmap: Pick<Colmap, 'kind' | 'version' | 'file'> | null;
  /** Where COLMAP was looked for in vain, and what to do. */
  readonly colmapProblems: readonly string[];
  /** What `engine: auto` takes. */
  readonly auto: 'simd' | 'tensorflow' | null;
  /** What keeps nerfstream from training here. */
  readonly problems: readonly string[];
  /** What to install for more speed. */
  readonly advice: readonly string[];
}

const simdInWords = { ...kernelVariantInWords, none: 'cannot run' };

/** @returns lines of text, each ended */
export function describeDiagnosis(diagnosis: Diagnosis): string {
  const { node, system, processor, threads, memoryGigabytes, freeMemoryGigabytes, simd, tensorflow, colmap } =
    diagnosis;
  const native = tensorflow
    ? `${tensorflow.libraryVersion} ${tensorflow.hasGpu ? 'on the GPU' : 'on the processor'} (${tensorflow.packageName} ${tensorflow.packageVersion})`
    : 'cannot run';
  const rows: (readonly [string, string])[] = [
    ['Node.js', `${node} on ${system}`],
    ['processor', `${processor}, ${threads} threads`],
    ['memory', `${memoryGigabytes} GB, ${freeMemoryGigabytes} GB free`],
    ['GPU', diagnosis.gpus.join('; ') || 'none that the NVIDIA driver shows'],
    ['simd', simdInWords[simd]],
    ['tensorflow', native],
    ...diagnosis.tensorflowProblems.map((problem) => ['', problem] as const),
    ['COLMAP', colmap ? `${colmap.kind} ${colmap.version} (${colmap.file})` : 'not found'],
    ...diagnosis.colmapProblems.map((problem) => ['', problem] as const),
    ['engine=auto', diagnosis.auto ? `takes ${diagnosis.auto}` : 'finds none'],
    ...diagnosis.advice.map((advice) => ['for speed', advice] as const),
    ...diagnosis.problems.map((problem) => ['problem', problem] as const),
  ];
  const verdict =
    diagnosis.problems.length === 0 ? 'nerfstream can train here.' : 'nerfstream cannot train here.';
  return `${rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join('')}${verdict}\n`;
}
