/** `nerfstream ctl`: commands to a running run. What can be said, and the help, come from the list of commands. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { commandNames, commandOf, commands, definitionOf } from '../../machines/commands.ts';
import { RunFolderError } from '../errors.ts';
import type { RenderedImage } from '../pipeline/pipeline.ts';
import { failedExitCode, reportError, UsageError } from './cliErrors.ts';
import { sendControl } from './controlClient.ts';
import type { ControlRequest, ControlResponse } from './controlProtocol.ts';
import { shownPath } from './shownPath.ts';
import { checkPictureName, writeRendering } from './writeRendering.ts';

/** A command as `ctl` spells it. */
interface Spelled {
  readonly word: string;
  readonly request: (
    argument: string | undefined,
    options: Readonly<Record<string, string>>,
  ) => ControlRequest;
  readonly help: (made: Command) => void;
}

/**
 * @param args RUN_DIR, the command and what it needs; `--help` anywhere shows what there is
 * @returns the exit code: 0 once the command has taken effect, 1 if it did not
 */
export async function ctlCommand(args: readonly string[], { debug = false } = {}): Promise<number> {
  let code = 0;
  const ctl = new Command('nerfstream ctl RUN_DIR')
    .description('Controls a run while it runs. A command returns once it has taken effect.')
    .usage('COMMAND [argument] [options]')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .option('--timeout <seconds>', 'how long to wait until the command has taken effect', positiveNumber, 300)
    .addHelpText('after', examples);
  const [runDir, word] = args[0]?.startsWith('-') ? [] : args;
  for (const spelled of spelledCommands()) {
    const made = ctl.command(spelled.word).allowExcessArguments(false);
    spelled.help(made);
    made.action(async () => {
      const options = made.opts<Record<string, string>>();
      const request = spelled.request(made.args[0], options);
      code = await send(runDir ?? '', request, {
        ...options,
        timeoutMs: ctl.opts<{ timeout: number }>().timeout * 1000,
        debug,
      });
    });
  }
  if (runDir === undefined || word === undefined) return ctl.help({ error: !args.some(isHelp) });
  const words = ctl.commands.map((made) => made.name());
  if (!words.includes(word) && !isHelp(word))
    throw new UsageError(`unknown command "${word}"; commands: ${words.join(', ')}`);
  await ctl.parseAsync(args.slice(1), { from: 'user' });
  return code;
}

const examples = `
Examples:
  $ nerfstream ctl runs/fox-1 pause
  $ nerfstream ctl runs/fox-1 set learningRate.encoding=0.5
  $ nerfstream ctl runs/fox-1 render --view 3 --out view.png
  $ nerfstream ctl runs/fox-1 render --help`;

function spelledCommands(): Spelled[] {
  const status: Spelled = {
    word: 'status',
    request: () => ({ type: 'status' }),
    help: (made) => made.description('prints the run at a glance, as one line of JSON'),
  };
  return [status, ...commandNames.map(spelledCommand)];
}

function spelledCommand(name: (typeof commandNames)[number]): Spelled {
  const definition = commands[name];
  const { summary, ctl } = definition;
  const shape: Readonly<Record<string, z.ZodType>> = definition.arguments.shape;
  return {
    word: ctl?.word ?? name,
    request: (argument, options) =>
      commandOf(name, ctl?.argument ? ctl.argument.parse(argument) : valuesOf(shape, options)),
    help(made) {
      made.description(summary);
      if (ctl?.argument) made.argument(`[${ctl.argument.shown}]`);
      else
        for (const [key, schema] of Object.entries(shape))
          made.option(`--${key} <value>`, schema.description ?? '');
      if (ctl?.picture) made.requiredOption('--out <file>', 'where the picture goes (PNG)');
    },
  };
}

/** What the options say, each as its schema wants it: text, a number, JSON, or a list with commas. */
function valuesOf(
  shape: Readonly<Record<string, z.ZodType>>,
  options: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const given = Object.entries(shape).filter(([key]) => options[key] !== undefined);
  return Object.fromEntries(
    given.map(([key, schema]) => {
      const text = options[key]!;
      const readings: unknown[] = [text, json(text), text.split(',')];
      return [key, readings.find((reading) => schema.safeParse(reading).success) ?? json(text)];
    }),
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function send(
  runDir: string,
  request: ControlRequest,
  { out, timeoutMs, debug }: { readonly out?: string; readonly timeoutMs: number; readonly debug: boolean },
): Promise<number> {
  if (out !== undefined) checkPictureName(out);
  if (!existsSync(runDir))
    throw new RunFolderError(`${shownPath(runDir)}: there is no such run folder`, runDir);
  const response = await sendControl(runDir, request, timeoutMs);
  if (!response.ok) {
    reportError({ message: response.error }, debug);
    return failedExitCode;
  }
  process.stdout.write(`${await describe(request, response, out)}\n`);
  return 0;
}

/** Says what happened, and writes the picture if the command answers with one. */
async function describe(
  request: ControlRequest,
  { status, answer }: Extract<ControlResponse, { ok: true }>,
  out: string | undefined,
): Promise<string> {
  if (request.type === 'status') return JSON.stringify(status);
  const { confirm, ctl } = definitionOf(request);
  const sentence = confirm(status, request as never, answer);
  if (!ctl?.picture || out === undefined) return sentence;
  return `${sentence}: ${(await writeRendering(path.resolve(out), answer as RenderedImage)).join(', ')}`;
}

function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h';
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number of seconds above 0');
  return value;
}
