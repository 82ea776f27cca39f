/** `nerfstream train --keys`: every setting on a line. */
import { listConfigKeys } from '../config/listConfigKeys.ts';

/** @returns the exit code */
export function printKeys(): number {
  for (const { key, kind, expects, default: value, description } of listConfigKeys()) {
    const shownDefault =
      value === undefined || typeof value === 'object' ? '' : ` = ${JSON.stringify(value)}`;
    const shownKind = kind === undefined ? '' : ` [${kind}]`;
    process.stdout.write(`${key}${shownDefault}${shownKind}: ${expects}. ${description}\n`);
  }
  return 0;
}
