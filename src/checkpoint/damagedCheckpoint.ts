/** The error for a checkpoint whose bytes are not what was written. */
import { CheckpointError } from '../errors.ts';

/** @param what completes the sentence "it cannot be used: ..." */
export function damagedCheckpoint(file: string | undefined, what: string, cause?: unknown): CheckpointError {
  return new CheckpointError(`${file ?? 'The checkpoint'} cannot be used: ${what}.`, file, { cause });
}
