/** A command line that makes no sense. */
import { NerfstreamError } from '../errors.ts';

export class UsageError extends NerfstreamError<'Usage'> {
  readonly tag = 'Usage';
}
