/** Finds the compiled kernels that this machine can run: fused multiply-add if possible, plain SIMD else. */
import { readFile } from 'node:fs/promises';
import v8 from 'node:v8';
import { builtUrl } from '../builtUrl.ts';
import { EngineError } from '../errors.ts';

export interface KernelModule {
  readonly module: WebAssembly.Module;
  readonly relaxedSimd: boolean;
}

/**
 * @param variant `auto` tries `relaxed` first; naming one fails if it cannot run
 * @throws EngineError when the files are missing or the processor has no WebAssembly SIMD
 */
export async function loadKernelModule(variant: 'auto' | 'relaxed' | 'base' = 'auto'): Promise<KernelModule> {
  for (const name of variant === 'auto' ? (['relaxed', 'base'] as const) : [variant]) {
    const bytes = await readModule(name);
    if (canRun(bytes, name === 'relaxed'))
      return { module: await WebAssembly.compile(bytes), relaxedSimd: name === 'relaxed' };
  }
  throw new EngineError(
    `this Node.js (${process.version}) cannot run the ${variant === 'auto' ? '' : `${variant} `}SIMD kernels; use Node 20 or newer on x64 or arm64`,
  );
}

async function readModule(name: 'relaxed' | 'base'): Promise<Uint8Array<ArrayBuffer>> {
  const url = builtUrl(import.meta.url, `./kernels.${name}.wasm`);
  try {
    return new Uint8Array(await readFile(url));
  } catch (cause) {
    throw new EngineError(`the compiled kernels are missing (${url.pathname}); run: npm run build`, {
      cause,
    });
  }
}

/** Node 20 and 21 have relaxed SIMD behind a flag of V8, which takes effect for modules compiled afterwards. */
function canRun(bytes: Uint8Array<ArrayBuffer>, relaxed: boolean): boolean {
  if (WebAssembly.validate(bytes)) return true;
  if (!relaxed) return false;
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(bytes);
}
