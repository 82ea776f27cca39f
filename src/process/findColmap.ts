/** Finds a COLMAP: the command `colmap`, or the package pycolmap in one of the Pythons. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../config/packageRoot.ts';
import { colmapCommand } from './colmapCommand.ts';
import type { Colmap } from './colmapTask.ts';

/** What was found; `problems` say of each place why nothing was. */
export interface ColmapSearch {
  readonly found?: Colmap;
  readonly problems: readonly string[];
}

/** Where there is none: what to do about it. */
export const colmapAdvice =
  'install it (apt install colmap, brew install colmap), or the package (python3 -m pip install pycolmap), or run npm run setup:colmap; NERFSTREAM_COLMAP may name the command or a Python that has pycolmap';

const oldestCommand = [3, 8];
const oldestPackage = [4, 0];
const timeoutMs = 60_000;

/**
 * Looks for COLMAP: what the environment's NERFSTREAM_COLMAP names and nothing else; otherwise `colmap` on the path, the package that
 * `npm run setup:colmap` installs, and the Python that PYTHON names, or `python3`.
 */
export async function findColmap(environment: NodeJS.ProcessEnv = process.env): Promise<ColmapSearch> {
  const { NERFSTREAM_COLMAP: named, PYTHON: python = 'python3' } = environment;
  const tries = named
    ? [/^(python|pypy)/i.test(path.basename(named)) ? () => packageIn(named) : () => commandAt(named)]
    : [() => commandAt('colmap'), () => privatePackage(python), () => packageIn(python)];
  const problems: string[] = [];
  for (const attempt of tries) {
    const result = await attempt();
    if (typeof result !== 'string') return { found: result, problems };
    problems.push(result);
  }
  return { problems };
}

async function commandAt(file: string): Promise<Colmap | string> {
  const answer = await outputOf(file, ['-h']);
  if (answer === undefined) return `${file}: there is no such command`;
  const version = /COLMAP (\d+(?:\.\d+)+)/.exec(answer)?.[1];
  if (version === undefined) return `${file}: does not say its version; is it COLMAP?`;
  if (isOlder(version, oldestCommand)) return `${file}: is version ${version}; 3.8 or newer is needed`;
  const hasGpu =
    answer.includes('with CUDA') && ((await outputOf('nvidia-smi', ['-L'])) ?? '').includes('GPU');
  return colmapCommand(file, version, hasGpu);
}

/** What `npm run setup:colmap` has installed, run by `python`. */
async function privatePackage(python: string): Promise<Colmap | string> {
  const folder = path.join(packageRoot(), '.colmap');
  if (!existsSync(folder)) return 'npm run setup:colmap: has not been run';
  return packageIn(python, folder);
}

async function packageIn(python: string, folder?: string): Promise<Colmap | string> {
  const environment = folder === undefined ? {} : { PYTHONPATH: folder };
  const where = folder ?? python;
  const answer = await outputOf(python, ['-c', 'import pycolmap; print(pycolmap.__version__)'], environment);
  if (answer === undefined) return `${python}: there is no such command`;
  const version = /^(\d+(?:\.\d+)+)/.exec(answer)?.[1];
  if (version === undefined) return `${where}: has no package pycolmap that can be loaded`;
  if (isOlder(version, oldestPackage))
    return `${where}: its pycolmap is version ${version}; 4.0 or newer is needed`;
  const bridge = path.join(packageRoot(), 'src/process/pycolmapBridge.py');
  return {
    kind: 'pycolmap',
    version,
    file: python,
    commandsFor: async (task) => [{ file: python, args: ['-u', bridge, JSON.stringify(task)], environment }],
  };
}

/** What a program writes to its standard output, however it ends; undefined where it cannot be started. */
async function outputOf(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const options = { timeout: timeoutMs, env: { ...process.env, ...environment } };
  try {
    return (await promisify(execFile)(file, args, options)).stdout;
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    return code === 'ENOENT' || code === 'EACCES' ? undefined : (stdout ?? '');
  }
}

function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  const differing = than.findIndex((part, index) => (parts[index] ?? 0) !== part);
  return differing >= 0 && (parts[differing] ?? 0) < than[differing]!;
}
