/** The package as it is installed: with what `dependencies` names and no more, from what was built. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinySettings, writeTinyScene } from './cli/tinyScene.ts';

const root = path.join(import.meta.dirname, '..');

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
}
const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

/** Folders in `node_modules` that `npm install --omit=dev` makes, on this platform. */
const installed = Object.entries(lock.packages)
  .filter(([folder, { dev, devOptional, peer }]) => folder !== '' && !dev && !devOptional && !peer)
  .map(([folder]) => folder)
  .filter((folder) => statSync(path.join(root, folder), { throwIfNoEntry: false }));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-package-'));
  for (const name of ['package.json', 'configs'])
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
  for (const name of installed.filter((name) => name.split('node_modules/').length === 2)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    symlinkSync(path.join(root, name), path.join(folder, name));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs an ES module with the package, and answers with the JSON that it prints last. */
function run(script: string): unknown {
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
  return JSON.parse(output.toString().trim().split('\n').at(-1)!);
}

/** What npm puts into the package. */
const packaged = (
  JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root }).toString(),
  ) as { readonly files: readonly { readonly path: string }[] }[]
)[0]!.files.map((file) => path.normalize(file.path));

/** Adds a file of declarations and all that it names. */
function follow(name: string, reached: Set<string>): void {
  if (reached.has(name)) return;
  reached.add(name);
  const text = readFileSync(path.join(root, name), 'utf8');
  for (const [, named] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g))
    follow(path.join(path.dirname(name), named!.replace(/\.(ts|js)$/, '.d.ts')), reached);
}

/** As `du` counts: whole blocks. */
function bytesIn(place: string): number {
  const { blocks } = statSync(place);
  const inside = statSync(place).isDirectory() ? readdirSync(place) : [];
  return inside
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + bytesIn(path.join(place, name)), blocks * 512);
}

describe('a production install', { timeout: 120_000 }, () => {
  it('takes at most 111 MB', () => {
    const own = packaged
      .filter((name) => name.startsWith('dist/'))
      .reduce((sum, name) => sum + statSync(path.join(root, name)).blocks * 512, 0);
    const others = installed.reduce((sum, name) => sum + bytesIn(path.join(root, name)), 0);
    expect((own + others) / 2 ** 20).toBeLessThan(111);
  });

  it('has the declarations of everything that a public entry point reaches', () => {
    const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      exports: Record<string, { readonly types?: string }>;
    };
    const entries = Object.values(exports).flatMap(({ types }) => (types ? [path.normalize(types)] : []));
    const reached = new Set<string>();
    for (const name of entries) follow(name, reached);
    expect(reached.size).toBeGreaterThan(100);
    expect([...reached].filter((name) => !packaged.includes(name))).toEqual([]);
  });

  it('computes gradients, without the rest of tfjs', () => {
    const gradient = run(`
      import { createEngine } from './dist/src/tensors/createEngine.js';
      import * as tf from './dist/src/tensors/tf.js';
      const engine = await createEngine({ engine: 'simd', threads: 2 });
      const gradient = tf.grad((x) => tf.sum(tf.square(tf.concat([x, tf.sin(x)], 0))))(tf.tensor1d([0, 1]));
      console.log(JSON.stringify([...gradient.dataSync()]));
      engine.dispose();
    `);
    // d (x^2 + sin(x)^2) = 2 x + sin(2 x)
    expect(gradient).toBeAllClose([0, 2 + Math.sin(2)]);
  });

  it.each([
    [
      'otlp',
      'npm install @opentelemetry/api @opentelemetry/exporter-metrics-otlp-http @opentelemetry/resources @opentelemetry/sdk-metrics',
    ],
    ['prometheus', 'npm install prom-client'],
  ])(
    '[SK8] a run with the sink %s says in one line what to install, and does not begin',
    async (kind, command) => {
      await writeTinyScene(path.join(folder, 'scene'));
      const { status, stderr } = spawnSync(
        process.execPath,
        [
          'dist/src/cli/main.js',
          'train',
          'instant-ngp',
          '--data',
          'scene',
          ...tinySettings,
          `sinks=[{kind: ${kind}}]`,
        ],
        { cwd: folder, encoding: 'utf8' },
      );
      expect(stderr).toContain(`the sink ${kind} needs packages that are not installed: ${command}\n`);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(status).not.toBe(0);
      expect(readdirSync(folder)).not.toContain('runs');
    },
  );
});
