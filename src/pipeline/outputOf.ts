/** Finds what a model can show by its name. */
import { ConfigError } from '../errors.ts';

/** @param outputs all that the model can show @throws ConfigError that names them, for a name that is none of theirs */
export function outputOf<Output>(outputs: Readonly<Record<string, Output>>, name: string): Output {
  const output = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
  if (output) return output;
  const names = Object.keys(outputs).join(', ');
  const missing = name === '' ? 'an output has no name' : `this model has no output ${name}`;
  throw new ConfigError(`render: ${missing}; outputs: ${names}`);
}
