/** Finds the compiled kernels that this machine can run: with vectors of 8 if possible, else with fused multiply-add, else plain SIMD. */
import { readFile } from 'node:fs/promises';
import { builtUrl } from '../builtUrl.ts';
import { EngineError } from '../errors.ts';
import { haveV8Flag } from '../v8Flags.ts';
import { type KernelVariant, kernelVariants } from './kernelVariants.ts';
import { enableWideVectors, haveWideVectors } from './wideVectors.ts';

export interface KernelModule {
  readonly module: WebAssembly.Module;
  readonly variant: KernelVariant;
}

/**
 * @param variant `auto`: the fastest that this machine runs well as V8 is (or may be: `allowV8Flags`), or the one that the environment variable NERFSTREAM_KERNELS names;
 * naming one fails if it cannot run (`wide` runs wherever `relaxed` does, but slowly)
 * @throws EngineError when the files are missing or the processor has no WebAssembly SIMD
 */
export async function loadKernelModule(variant: 'auto' | KernelVariant = 'auto'): Promise<KernelModule> {
  const asked = variant === 'auto' ? askedForVariant() : variant;
  for (const name of asked ? [asked] : kernelVariants) {
    if (name === 'wide' && !takesWide(asked !== undefined)) continue;
    const bytes = await readModule(name);
    if (canRun(bytes, name)) return { module: await WebAssembly.compile(bytes), variant: name };
  }
  throw new EngineError(
    `this Node.js (${process.version}) cannot run the ${asked ? `${asked} ` : ''}SIMD kernels; use Node 20 or newer on x64 or arm64`,
  );
}

/** Somebody asks for the wide module by its name, or it is fast here. */
function takesWide(asked: boolean): boolean {
  if (!asked && !haveWideVectors()) return false;
  return enableWideVectors() || asked;
}

function askedForVariant(): KernelVariant | undefined {
  const name = process.env['NERFSTREAM_KERNELS'];
  if (!name) return undefined;
  const variant = kernelVariants.find((known) => known === name);
  if (!variant)
    throw new EngineError(
      `NERFSTREAM_KERNELS is ${JSON.stringify(name)}; use one of ${kernelVariants.join(', ')}, or unset it`,
    );
  return variant;
}

async function readModule(name: KernelVariant): Promise<Uint8Array<ArrayBuffer>> {
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
function canRun(bytes: Uint8Array<ArrayBuffer>, variant: KernelVariant): boolean {
  if (WebAssembly.validate(bytes)) return true;
  if (variant === 'base' || Number.parseInt(process.versions.node, 10) > 21) return false;
  return haveV8Flag('--experimental-wasm-relaxed-simd') && WebAssembly.validate(bytes);
}
