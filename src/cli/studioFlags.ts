/** What the command line says about the studio: of `train`, `demo`, `resume` and `studio` the same. */
import { type Command, Option } from 'commander';
import { UsageError } from './cliErrors.ts';

/** Where `studio` looks for runs when nobody says. */
export const defaultRuns = 'runs';

/** As commander reads them. */
export interface StudioOptions {
  readonly studio?: boolean;
  readonly studioPort?: string;
  readonly studioHost?: string;
  readonly port?: string;
  readonly host?: string;
  readonly readOnly?: boolean;
  /** Of `studio`: where photos of new runs lie. */
  readonly data?: string;
  /** Of `studio`: a fleet whose runs are listed; true where the environment names its server. */
  readonly redis?: string | true;
  readonly fleet?: string;
}

export interface StudioFlags {
  /** Default: this machine alone. */
  readonly host?: string;
  /** Default: one that is free. */
  readonly port?: number;
  readonly readOnly: boolean;
}

/** For commands that train. */
export function addStudioFlags(command: Command): Command {
  return command
    .option('--studio', 'watch and steer the run in the browser; prints the address')
    .option('--studio-port <port>', 'of the studio (default: one that is free)')
    .option('--studio-host <host>', 'of the studio: lets other machines in, with a token in the address')
    .addOption(readOnly());
}

export function readOnly(): Option {
  return new Option('--read-only', 'the studio only shows: nobody can change the run with it');
}

/** @returns undefined without `--studio` @throws UsageError */
export function studioFlagsOf(options: StudioOptions): StudioFlags | undefined {
  const { studio, studioPort, studioHost, readOnly = false } = options;
  if (studio) return flagsOf(studioHost, studioPort, '--studio-port', readOnly);
  if (studioPort === undefined && studioHost === undefined && !readOnly) return undefined;
  throw new UsageError('--studio-port, --studio-host and --read-only belong to the studio: add --studio');
}

/** @param name of the option that says the port @throws UsageError */
export function flagsOf(
  host: string | undefined,
  port: string | undefined,
  name: string,
  readOnly: boolean,
): StudioFlags {
  const number = Number(port);
  if (port !== undefined && !(/^\d+$/.test(port) && number <= 65_535))
    throw new UsageError(`${name} ${port}: must be a whole number from 0 to 65535`);
  return { ...(host !== undefined && { host }), ...(port !== undefined && { port: number }), readOnly };
}
