/** `nerfstream inspect`: what a checkpoint holds. */
import { stringify } from 'yaml';
import { inspectCheckpoint } from '../checkpoint/checkpointFiles.ts';
import { textTable } from './textTable.ts';

/** @returns the exit code */
export async function inspectCommand(file: string, options: { readonly json?: boolean }): Promise<number> {
  const { step, engine, tensors, config } = await inspectCheckpoint(file);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ step, engine, tensors })}\n`);
    return 0;
  }
  const rows = tensors.map(({ name, shape, dtype, checksum }) => [
    name,
    `[${shape.join(', ')}]`,
    dtype,
    checksum,
  ]);
  process.stdout.write(
    `step ${step}, engine ${engine}\n\n${textTable([['tensor', 'shape', 'type', 'checksum'], ...rows])}`,
  );
  process.stdout.write(`\nconfiguration\n\n${stringify(config)}`);
  return 0;
}
