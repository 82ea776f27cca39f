/** Runs that pages begin: each a `train` process of its own, which writes into the folder of runs and outlives the studio. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { builtUrl } from '../builtUrl.ts';
import { newRunFolder } from '../cli/runNames.ts';
import { listConfigKeys } from '../config/listConfigKeys.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { configFileOf, presets } from '../config/presets.ts';
import { ConfigError } from '../errors.ts';
import { isSettableKey, type NewRunChoices, type NewRunError, type NewRunRequest } from './protocol.ts';
import { isRunFolder } from './runFiles.ts';

export interface NewRuns {
  choices(): Promise<NewRunChoices>;
  /** Resolves when the run has a folder, or it is known why it has none. */
  start(request: NewRunRequest): Promise<{ readonly name: string } | { readonly errors: NewRunError[] }>;
}

/** Runs of one studio that train at a time. */
const mostAtATime = 4;
/** Data sets that are offered. */
const mostOffered = 100;
/** A training that has made no folder by then still reads its photos. */
const waitMs = 60_000;
/** Values are numbers and words: nothing that could name a file or hold a section. */
const plainValue = /^[\w.+-]{1,64}$/;

/**
 * @param folder where run folders are made @param dataFolder where photos are taken from, and nowhere else; both absolute
 * @param onStart told of each run that has begun
 */
export function createNewRuns(folder: string, dataFolder: string, onStart: () => void): NewRuns {
  const training = new Set<ChildProcess>();
  return {
    async choices() {
      const methods = await Promise.all(
        presets()
          .filter((name) => name !== 'demo')
          .map(async (name) => ({ name, says: await sentenceOf(name) })),
      );
      return { methods, folder: dataFolder, data: await dataSetsIn(dataFolder) };
    },
    async start(request) {
      if (training.size >= mostAtATime)
        return failed('', `${mostAtATime} runs of this studio train already; stop one, or wait for its end`);
      const checked = await check(request, folder, dataFolder);
      if ('errors' in checked) return checked;
      const { runDir, args } = checked;
      const reports = await mkdtemp(path.join(os.tmpdir(), 'nerfstream-studio-'));
      const report = path.join(reports, 'stderr');
      const child = startTraining(args, folder, report);
      training.add(child);
      const ended = new Promise<void>((resolve) => {
        child.on('error', () => resolve());
        child.on('exit', () => resolve());
      }).then(() => training.delete(child));
      await waitFor(runDir, ended);
      const isThere = await isRunFolder(runDir);
      const said =
        training.has(child) || isThere ? undefined : await readFile(report, 'utf8').catch(() => '');
      void ended.then(() => rm(reports, { recursive: true, force: true }));
      onStart();
      if (said === undefined) return { name: path.basename(runDir) };
      return failed('', said.trim().split('\n').at(-1) || 'the training could not be started');
    },
  };
}

function failed(key: string, message: string): { readonly errors: NewRunError[] } {
  return { errors: [{ key, message }] };
}

/** The arguments of `train`, or what is wrong with them, at the key that it is wrong with. */
async function check(
  { method, data, name, settings }: NewRunRequest,
  folder: string,
  dataFolder: string,
): Promise<{ readonly runDir: string; readonly args: string[] } | { readonly errors: NewRunError[] }> {
  if (!presets().includes(method)) return failed('method', `there is no method ${method}`);
  const place = await realpath(path.resolve(dataFolder, data)).catch(() => undefined);
  const root = await realpath(dataFolder);
  // One answer for what is not there and for what may not be seen: nobody learns what lies elsewhere.
  if (place === undefined || !(place === root || place.startsWith(root + path.sep)))
    return failed('data', `there is no such folder in ${dataFolder}`);
  const known = listConfigKeys();
  for (const { key, value } of settings) {
    if (!isSettableKey(key) || !known.some((one) => matches(one.key, key)))
      return failed(key, 'this key cannot be set from here');
    if (!plainValue.test(value)) return failed(key, 'give a number or a word');
  }
  const assignments = settings.map(({ key, value }) => `${key}=${value}`);
  try {
    const config = await loadConfig(method, { data: place }, assignments);
    const runDir = newRunFolder(config, { out: folder, ...(name !== '' && { name }) });
    const places = [`--data=${place}`, `--out=${folder}`, `--name=${path.basename(runDir)}`];
    return { runDir, args: ['train', method, ...places, ...assignments] };
  } catch (error) {
    const message = (error as Error).message.replace(/^command line: /, '');
    return failed(error instanceof ConfigError ? (error.at.path ?? '') : 'name', message);
  }
}

/** Whether a key is one of the list: `<name>` there stands for a name. */
function matches(listed: string, key: string): boolean {
  const [parts, given] = [listed.split('.'), key.split('.')];
  return parts.length === given.length && parts.every((part, at) => part === given[at] || part === '<name>');
}

function startTraining(args: readonly string[], cwd: string, report: string): ChildProcess {
  const main = fileURLToPath(builtUrl(import.meta.url, '../cli/main.js'));
  const out = openSync(report, 'w');
  try {
    const child = spawn(process.execPath, [main, ...args], {
      ...{ cwd, detached: true },
      stdio: ['ignore', 'ignore', out],
    });
    child.unref();
    return child;
  } finally {
    closeSync(out);
  }
}

async function waitFor(runDir: string, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (let waited = 0; waited < waitMs && !isOver && !(await isRunFolder(runDir)); waited += 100)
    await sleep(100);
}

/** What the method's file says of it in its first line of words. */
async function sentenceOf(method: string): Promise<string> {
  const text = await readFile(configFileOf(method, '.'), 'utf8');
  return /^# (?!yaml-language-server)(.+)$/m.exec(text)?.[1] ?? '';
}

const photo = /\.(jpe?g|png|webp|tiff?|heic|avif)$/i;
/** What lies in folders that can be trained on. */
const marks = /^(transforms.*\.json|sparse|colmap|images|poses_bounds\.npy|cameras\.json)$/;

/** Folders that look as if they could be trained on, relative to `root`, at most two below it. */
async function dataSetsIn(root: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (relative: string, depth: number): Promise<void> => {
    const entries = await readdir(path.join(root, relative), { withFileTypes: true }).catch(() => []);
    const isRun = entries.some(({ name }) => name === 'config.yaml');
    if (isRun || found.length >= mostOffered) return;
    const isData =
      entries.some(({ name }) => marks.test(name)) ||
      entries.filter(({ name }) => photo.test(name)).length > 2;
    if (isData) found.push(relative === '' ? '.' : relative);
    else if (depth > 0)
      for (const entry of entries)
        if (entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name))
          await visit(path.join(relative, entry.name), depth - 1);
  };
  if ((await stat(root).catch(() => undefined))?.isDirectory()) await visit('', 2);
  return found.sort();
}
