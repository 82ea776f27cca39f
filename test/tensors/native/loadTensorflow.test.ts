/** Every way in which a binding can be unusable becomes one line. Bindings are made up of real files in a folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadTensorflow } from '../../../src/tensors/native/loadTensorflow.ts';
import { findNativePackages, type NativePackageName } from '../../../src/tensors/native/nativePackages.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const cpu = '@tensorflow/tfjs-node';
const gpu = '@tensorflow/tfjs-node-gpu';
let folder: string;
let place: string;

beforeEach(() => {
  folder = temporaryFolder();
  place = path.join(folder, 'package.json');
  writeFileSync(place, '{}');
});

/** Writes a package; `addon` is the content of its compiled part. */
function install(name: NativePackageName, addon?: string): void {
  const at = path.join(folder, 'node_modules', name);
  mkdirSync(path.join(at, 'lib', 'napi-v8'), { recursive: true });
  writeFileSync(path.join(at, 'package.json'), JSON.stringify({ name, version: '4.22.0', main: 'index.js' }));
  writeFileSync(path.join(at, 'index.js'), 'throw new Error("must not be loaded");');
  if (addon !== undefined) writeFileSync(path.join(at, 'lib', 'napi-v8', 'tfjs_binding.node'), addon);
}

const attempt = () => loadTensorflow({ packages: findNativePackages([gpu, cpu], [place]) });

describe('loadTensorflow', () => {
  it('says that nothing is installed', async () => {
    expect(await attempt()).toEqual({ reasons: [`${gpu} and ${cpu} not installed`] });
  });
  it('says that the compiled part is missing', async () => {
    install(cpu);
    expect(await attempt()).toEqual({
      reasons: [`${cpu} 4.22.0: its compiled part is missing (lib/napi-v*/tfjs_binding.node)`],
    });
  });
  it('says that the compiled part cannot be loaded, in one line', async () => {
    install(cpu, 'no library');
    const { loaded, reasons } = await attempt();
    expect(loaded).toBeUndefined();
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(
      new RegExp(`^${cpu} 4\\.22\\.0: .*(file too short|invalid ELF header|not valid|slice).*$`),
    );
  });
  it('tries the one for GPUs first and reports both', async () => {
    install(cpu);
    install(gpu);
    const { reasons } = await attempt();
    expect(reasons.map((reason) => reason.split(' ')[0])).toEqual([gpu, cpu]);
  });
});
