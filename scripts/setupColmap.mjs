// Installs the Python package pycolmap (COLMAP) into .colmap/, where `nerfstream process` finds it. Usage: npm run setup:colmap [-- --force]
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = path.join(root, '.colmap');
const marker = path.join(folder, 'installed');
// The versions that the tests ran with.
const requirements = ['pycolmap==4.2.1', 'numpy>=2,<3'];

const { values: options } = parseArgs({ options: { force: { type: 'boolean', default: false } } });
const python = process.env.PYTHON || 'python3';

try {
  setUp();
} catch (error) {
  console.error(`setup:colmap failed: ${error.message}`);
  process.exitCode = 1;
}

function setUp() {
  const pinned = requirements.join('\n');
  if (!options.force && existsSync(marker) && readFileSync(marker, 'utf8') === pinned) {
    console.log('pycolmap is set up already (.colmap)');
    return;
  }
  if (!runs(['-m', 'pip', '--version']))
    throw new Error(`install ${python} with pip first, or name another Python: PYTHON=...`);
  console.log('setting up pycolmap: downloads 70 MB, needs 210 MB in .colmap/');
  rmSync(folder, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
  try {
    execFileSync(python, [...pip, '--target', folder, ...requirements], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch (error) {
    throw new Error(`${python} -m pip install ended with code ${error.status ?? error.code}`);
  }
  writeFileSync(marker, pinned);
  console.log('done: nerfstream doctor shows it, nerfstream process uses it');
}

function runs(args) {
  try {
    execFileSync(python, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
