/** Tells `key=value` arguments from others. */
import { UsageError } from './cliErrors.ts';

/**
 * Splits the arguments of a command into one optional positional (a method or file) and `key=value` assignments.
 * @throws UsageError when there are two positionals.
 */
export function splitArguments(args: readonly string[]): {
  readonly positional?: string;
  readonly assignments: readonly string[];
} {
  const assignments = args.filter(isAssignment);
  const [positional, second] = args.filter((argument) => !isAssignment(argument));
  if (second !== undefined)
    throw new UsageError(
      `unexpected argument "${second}"; settings have the form key=value, for example trainer.maxSteps=2000`,
    );
  return { assignments, ...(positional !== undefined && { positional }) };
}

function isAssignment(argument: string): boolean {
  return /^[^/\\=]*=/.test(argument);
}
