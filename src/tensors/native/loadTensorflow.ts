/** Loads TensorFlow's binding for Node.js if there is one that works, and says why if there is none. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type util from 'node:util';
import { registerGradients } from '../gradients/registerGradients.ts';
import * as tf from '../tf.ts';
import { nativeBackendOf } from './nativeBackend.ts';
import { findNativePackages, type NativePackage, type NativePackageName } from './nativePackages.ts';

/** A binding that is loaded; the tensor library's backend `tensorflow` stands for it from now on. */
export interface LoadedTensorflow {
  readonly packageName: NativePackageName;
  readonly packageVersion: string;
  /** Version of TensorFlow's library. */
  readonly libraryVersion: string;
  readonly hasGpu: boolean;
}

/** What came of trying the bindings that are installed. */
export interface TensorflowAttempt {
  /** The first that works. */
  readonly loaded?: LoadedTensorflow;
  /** One line for each that does not, or one that says that none is installed. */
  readonly reasons: readonly string[];
}

export interface LoadTensorflowOptions {
  /** Tried in this order. Default: the one for GPUs, then the other. */
  readonly names?: readonly NativePackageName[];
  /** Bindings that are installed; default: looked for. For tests. */
  readonly packages?: readonly NativePackage[];
}

/** Never throws: whatever is wrong with a binding becomes the reason, and the next one is tried. */
export async function loadTensorflow(options: LoadTensorflowOptions = {}): Promise<TensorflowAttempt> {
  const names = options.names ?? ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
  const packages = options.packages ?? findNativePackages(names);
  const reasons: string[] = [];
  for (const found of packages) {
    try {
      return { loaded: await load(found), reasons };
    } catch (error) {
      reasons.push(`${found.name} ${found.version}: ${reasonOf(error)}`);
    }
  }
  return { reasons: reasons.length > 0 ? reasons : [`${names.join(' and ')} not installed`] };
}

async function load(found: NativePackage): Promise<LoadedTensorflow> {
  const { name, version, folder, addon } = found;
  if (addon === undefined) throw new Error('its compiled part is missing (lib/napi-v*/tfjs_binding.node)');
  const require = createRequire(path.join(folder, 'package.json'));
  // Loading the addon by itself first tells a missing library from a broken package, before any kernel is registered.
  require(addon);
  restoreUtilities();
  await import(pathToFileURL(require.resolve(folder)).href);
  if (!(await tf.setBackend('tensorflow'))) throw new Error('its backend does not start');
  registerGradients();
  const { binding, isUsingGpuDevice } = nativeBackendOf(tf.backend());
  return {
    packageName: name,
    packageVersion: version,
    libraryVersion: binding.TF_Version,
    hasGpu: isUsingGpuDevice,
  };
}

/** Node.js 23 dropped two functions that the binding calls. */
function restoreUtilities(): void {
  const utilities = createRequire(import.meta.url)('node:util') as typeof util & Record<string, unknown>;
  utilities['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  utilities['isArray'] ??= Array.isArray;
}

/** First line of what was thrown, whatever that is. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.split('\n');
  const library = /(lib[\w.+-]+): cannot open shared object file/.exec(line)?.[1];
  return library ? `the library ${library} is missing` : line;
}
