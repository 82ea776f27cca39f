/**
 * WebAssembly's vectors hold 4 numbers; x64 processors since about 2013 (AVX2) have vectors of 8. V8 can make one of these out of two
 * neighbouring vectors ("revectorization"), behind a flag and, since version 13.6 (Node 24), for fused multiply-add too. The `wide` kernels are
 * written so that it finds them side by side; without it they would be slower than the `relaxed` ones.
 */
import { readFileSync } from 'node:fs';
import { haveV8Flag } from '../v8Flags.ts';

/** V8 13.6 (Node 24) and 14 (Node 26): tried, and faster. Later ones may lack the flag, and would say so on the console. */
const oldestV8 = 13.6;
const newestV8 = 14;

/** Whether this machine is known to have them; the answer is always the same with one version of Node. */
export function haveWideVectors(): boolean {
  return process.arch === 'x64' && isKnownV8() && hasAvx2();
}

/** Whether V8 makes them, in modules compiled from now on: it was asked to, or may be asked. */
export function enableWideVectors(): boolean {
  return isKnownV8() && haveV8Flag('--experimental-wasm-revectorize');
}

function isKnownV8(): boolean {
  const version = Number.parseFloat(process.versions.v8);
  return version >= oldestV8 && Math.floor(version) <= newestV8;
}

/** Linux says it. On other systems people may say it themselves: NERFSTREAM_KERNELS=wide. */
function hasAvx2(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const [, flags = ''] = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1')) ?? [];
    return ['avx2', 'fma'].every((flag) => flags.split(' ').includes(flag));
  } catch {
    return false;
  }
}
