/** Where TensorFlow's bindings may be: installed beside nerfstream, or built by `npm run setup:native`. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { packageRoot } from '../../config/packageRoot.ts';

export type NativePackageName = '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';

/** An installed binding, whether it works or not. */
export interface NativePackage {
  readonly name: NativePackageName;
  readonly version: string;
  readonly folder: string;
  /** The compiled part; undefined when it is missing. */
  readonly addon: string | undefined;
}

/** The folder that `npm run setup:native` fills. */
function nativeFolder(root = packageRoot()): string {
  return path.join(root, '.native');
}

/**
 * All installed bindings of the given names, in the order in which they are to be tried.
 * @param places files from whose folders modules are resolved
 */
export function findNativePackages(
  names: readonly NativePackageName[],
  places: readonly string[] = [import.meta.url, path.join(nativeFolder(), 'package.json')],
): NativePackage[] {
  const found = names.flatMap((name) => places.flatMap((place) => packageAt(place, name) ?? []));
  // The set-up installs the JavaScript of both bindings and compiles the one that was asked for.
  return found.filter(({ addon, folder }) => addon !== undefined || !folder.startsWith(nativeFolder()));
}

function packageAt(place: string, name: NativePackageName): NativePackage | undefined {
  const require = createRequire(place);
  let file: string;
  try {
    file = require.resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
  const folder = path.dirname(file);
  const { version } = require(file) as { version: string };
  return { name, version, folder, addon: addonIn(folder) };
}

/** The binding looks for its addon in lib/napi-v<N>. */
function addonIn(folder: string): string | undefined {
  const lib = path.join(folder, 'lib');
  if (!existsSync(lib)) return undefined;
  return readdirSync(lib)
    .map((version) => path.join(lib, version, 'tfjs_binding.node'))
    .find((file) => existsSync(file));
}
