/** Packages that one sink alone needs are installed by those who use it. */
import { createRequire } from 'node:module';
import { SinkError } from '../../src/errors.ts';

/**
 * Looks whether packages are installed, without loading them, so that a run does not find out after an hour that nothing was recorded.
 *
 * @param sink which needs them
 * @throws SinkError naming the command that installs them all
 */
export function requirePackages(sink: string, packages: readonly string[]): void {
  const { resolve } = createRequire(import.meta.url);
  const missing = packages.filter((name) => {
    try {
      return resolve(name) === '';
    } catch {
      return true;
    }
  });
  if (missing.length > 0)
    throw new SinkError(
      `the sink ${sink} needs packages that are not installed: npm install ${packages.join(' ')}`,
      sink,
    );
}
