/** What sweeps and runs may be called. Apart from what else a job is: to give a fleet a command takes names, and no configuration. */
import { z } from 'zod';

/** Longest name of a run or sweep: file systems allow 255 bytes, and checkpoints and sockets lie below. */
export const longestName = 120;

/** A name that is one folder on every file system, and one key of a store or queue. */
export const runNameSchema = z
  .string()
  .max(longestName, `is longer than ${longestName} letters`)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._,=+-]*$/,
    'may hold letters, digits and . _ , = + - only, and begins with a letter or digit',
  );
