/**
 * WebAssembly's vectors hold 4 numbers; x64 processors since about 2013 (AVX2) have vectors of 8. V8 can make one of these out of two
 * neighbouring vectors ("revectorization"), behind a flag and, since version 13.6 (Node 24), for fused multiply-add too. The `wide` kernels are
 * written so that it finds them side by side; without it they would be slower than the `relaxed` ones.
 */
import { readFileSync } from 'node:fs';
import v8 from 'node:v8';

/** V8 13.6 (Node 24) and 14 (Node 26): tried, and faster. Later ones may lack the flag, and would say so on the console. */
const oldestV8 = 13.6;
const newestV8 = 14;

/**
 * Asks V8 for vectors of 8, for all modules compiled from now on.
 * @returns false where it cannot have them; the answer is always the same on one machine with one version of Node
 */
export function enableWideVectors(): boolean {
  if (process.arch !== 'x64' || !hasAvx2()) return false;
  const version = Number.parseFloat(process.versions.v8);
  if (version < oldestV8 || Math.floor(version) > newestV8) return false;
  v8.setFlagsFromString('--experimental-wasm-revectorize');
  return true;
}

/** Linux says it; Intel Macs that run Node 24 have it; on other systems nobody says it. */
function hasAvx2(): boolean {
  if (process.platform === 'darwin') return true;
  if (process.platform !== 'linux') return false;
  try {
    const [, flags = ''] = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1')) ?? [];
    return ['avx2', 'fma'].every((flag) => flags.split(' ').includes(flag));
  } catch {
    return false;
  }
}
