// Builds TensorFlow's binding for Node.js into .native/, against the library of a Python wheel: for machines where the
// package @tensorflow/tfjs-node (or -gpu) cannot download its own. Usage: npm run setup:native [-- --gpu] [-- --force]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const pins = path.join(root, 'scripts', 'native');
const native = path.join(root, '.native');

const { values: options } = parseArgs({
  options: { gpu: { type: 'boolean', default: false }, force: { type: 'boolean', default: false } },
});
const variant = options.gpu
  ? {
      name: 'gpu',
      package: '@tensorflow/tfjs-node-gpu',
      download: '1.9 GB (TensorFlow 475 MB, CUDA 12.2 and cuDNN 8.9 1.4 GB)',
      disk: '4.5 GB',
    }
  : { name: 'cpu', package: '@tensorflow/tfjs-node', download: '207 MB', disk: '620 MB' };
const wanted = readFileSync(path.join(pins, `requirements-${variant.name}.txt`), 'utf8');

try {
  setUp();
} catch (error) {
  console.error(`setup:native failed: ${error.message}`);
  process.exitCode = 1;
}

function setUp() {
  checkMachine();
  const packageFolder = path.join(native, 'node_modules', variant.package);
  const marker = path.join(native, `${variant.name}.sha256`);
  const pinned = createHash('sha256')
    .update(wanted)
    .update(readFileSync(path.join(pins, 'package-lock.json')))
    .digest('hex');
  const isCurrent = existsSync(marker) && readFileSync(marker, 'utf8') === pinned;
  if (isCurrent && existsSync(addonOf(packageFolder)) && !options.force) {
    console.log(`${variant.package} is set up already (${path.relative(root, packageFolder)})`);
    return;
  }
  console.log(
    `setting up ${variant.package}: downloads ${variant.download}, needs ${variant.disk} in ${path.relative(root, native)}/`,
  );
  rmSync(marker, { force: true });
  installPackages();
  const deps = path.join(packageFolder, 'deps');
  rmSync(deps, { recursive: true, force: true });
  downloadLibraries(deps);
  compileAddon(packageFolder, deps);
  writeFileSync(marker, pinned);
  console.log(`done: nerfstream doctor shows it, engine=tensorflow uses it`);
}

function checkMachine() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `it knows Linux on x64 only, not ${process.platform} on ${process.arch}; try: npm install --no-save ${variant.package}@4.22.0`,
    );
  const missing = [
    ['python3 with pip', 'python3', ['-m', 'pip', '--version']],
    ['g++', 'g++', ['--version']],
  ].filter(([, command, args]) => !runs(command, args));
  if (missing.length > 0) throw new Error(`install ${missing.map(([name]) => name).join(' and ')} first`);
}

function runs(command, args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The binding's JavaScript and what it requires, by the lock file's hashes; caches stay inside the project, too. */
function installPackages() {
  mkdirSync(native, { recursive: true });
  const earlier = ['tfjs-node', 'tfjs-node-gpu'].map((name) =>
    path.join('node_modules', '@tensorflow', name),
  );
  const isInstalled = existsSync(path.join(native, 'node_modules', 'node-api-headers'));
  if (isInstalled && earlier.every((folder) => existsSync(path.join(native, folder)))) return;
  for (const file of ['package.json', 'package-lock.json'])
    cpSync(path.join(pins, file), path.join(native, file));
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--cache', path.join(native, 'cache')]);
  // One tensor library in a process: the project's own, which the binding finds in the folder above.
  const scope = path.join(native, 'node_modules', '@tensorflow');
  for (const name of readdirSync(scope))
    if (!name.startsWith('tfjs-node')) rmSync(path.join(scope, name), { recursive: true });
  rmSync(path.join(native, 'cache'), { recursive: true, force: true });
}

function downloadLibraries(deps) {
  const wheels = path.join(native, 'wheels');
  rmSync(wheels, { recursive: true, force: true });
  mkdirSync(wheels, { recursive: true });
  const platforms = ['manylinux_2_17_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64'];
  const requirements = path.join(pins, `requirements-${variant.name}.txt`);
  run(
    'python3',
    [
      ['-m', 'pip', 'download', '--quiet', '--no-cache-dir', '--disable-pip-version-check', '--no-deps'],
      ['--only-binary=:all:', '--require-hashes', '--python-version', '3.11', '--implementation', 'cp'],
      ['--abi', 'cp311', '--abi', 'none', ...platforms.flatMap((name) => ['--platform', name])],
      ['--dest', wheels, '-r', requirements],
    ].flat(),
    { TMPDIR: wheels },
  );
  run('python3', [path.join(pins, 'extractLibraries.py'), wheels, deps]);
  rmSync(wheels, { recursive: true });
}

/** N-API only, so that one build serves every Node.js from 20 on. */
function compileAddon(packageFolder, deps) {
  const addon = addonOf(packageFolder);
  mkdirSync(path.dirname(addon), { recursive: true });
  const headers = path.join(native, 'node_modules', 'node-api-headers', 'include');
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) =>
    path.join(packageFolder, 'binding', name),
  );
  run('g++', [
    ...['-O2', '-std=c++17', '-shared', '-fPIC', '-w', '-DNAPI_VERSION=8'],
    ...['-DBUILDING_NODE_EXTENSION', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
    ...[`-I${headers}`, `-I${packageFolder}`, `-I${path.join(deps, 'include')}`, ...sources],
    ...[`-L${path.join(deps, 'lib')}`, '-ltensorflow_cc', '-ltensorflow_framework'],
    ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', addon],
  ]);
}

function addonOf(packageFolder) {
  return path.join(packageFolder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

function run(command, args, environment = {}) {
  try {
    execFileSync(command, args, {
      cwd: native,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
  } catch (error) {
    throw new Error(`${command} ${args[0]} ${args[1] ?? ''} ended with code ${error.status ?? error.code}`);
  }
}
