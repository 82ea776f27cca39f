/** The Python process that talks to Weights & Biases for us. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../src/config/packageRoot.ts';
import { SinkError } from '../../src/errors.ts';

/** Arguments of `wandb.init`; the ones that are absent are wandb's own (environment variables, settings). */
export interface WandbInit {
  readonly project?: string;
  readonly entity?: string;
  readonly name?: string;
  readonly id?: string;
  readonly mode?: 'online' | 'offline' | 'disabled';
  readonly dir?: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Everything measured at one step, by tag. */
export interface WandbRow {
  readonly step: number;
  readonly values: Record<string, number | string>;
  readonly texts: Record<string, string>;
  readonly histograms: Record<
    string,
    { readonly edges: readonly number[]; readonly counts: readonly number[] }
  >;
  /** PNG files in base64. */
  readonly images: Record<string, string>;
}

export interface WandbBridge {
  init(arguments_: WandbInit): Promise<{ readonly id: string; readonly url: string | null }>;
  log(rows: readonly WandbRow[]): Promise<void>;
  /** Ends run and process; waits until wandb has uploaded or written everything. */
  finish(exitCode: number): Promise<void>;
}

interface Answer {
  readonly error?: string;
  readonly missing?: boolean;
}

/**
 * Starts the process. It outlives a Ctrl-C that the terminal sends to everybody; if this process dies, it ends the run.
 *
 * @param python the interpreter
 * @param deadline kills it when the run no longer waits
 */
export function startWandbBridge(python: string, deadline: AbortSignal): WandbBridge {
  const script = join(packageRoot(), 'streams/sinks/wandbBridge.py');
  const child = spawn(python, ['-u', script], { stdio: 'pipe', detached: true });
  const waiting: ((answer: Answer) => void)[] = [];
  const ended = watch(child, python);
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line)));
  let over: string | undefined;
  void ended.then((reason) => {
    over = reason;
    for (const answer of waiting.splice(0)) answer({ error: reason });
  });
  deadline.addEventListener('abort', () => kill(child));

  const ask = async (message: object): Promise<Answer> => {
    if (over !== undefined) throw new SinkError(over, 'wandb');
    const answer = await new Promise<Answer>((resolve) => {
      waiting.push(resolve);
      child.stdin.write(`${JSON.stringify(message)}\n`);
    });
    if ('init' in message && answer.error !== undefined) child.stdin.end();
    if (answer.missing)
      throw new SinkError(`${python} has no package "wandb": ${python} -m pip install wandb`, 'wandb');
    if (answer.error === undefined) return answer;
    throw over === undefined && !('init' in message)
      ? new Error(answer.error)
      : new SinkError(answer.error, 'wandb');
  };

  return {
    init: async (init) => (await ask({ init })) as { id: string; url: string | null },
    async log(rows) {
      await ask({ rows });
    },
    async finish(exitCode) {
      await ask({ finish: exitCode });
      child.stdin.end();
      await ended;
    },
  };
}

/** Resolves, with the reason, when the process has ended or could not be started. */
function watch(child: ChildProcessWithoutNullStreams, python: string): Promise<string> {
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  // A process that is gone closes its end; that is said by its exit.
  child.stdin.on('error', () => {});
  return new Promise((resolve) => {
    child.on('error', ({ code, message }: NodeJS.ErrnoException) =>
      resolve(
        code === 'ENOENT' ? `${python} was not found: install Python 3, or name it by "python"` : message,
      ),
    );
    child.on('close', (code, signal) => {
      const lastLine = said.trim().split('\n').at(-1) ?? '';
      resolve(
        `the bridge to wandb ended (${signal ?? `code ${code}`})${lastLine === '' ? '' : `: ${lastLine}`}`,
      );
    });
  });
}

/** With everything that it started: it leads a process group of its own. */
function kill({ pid }: ChildProcessWithoutNullStreams): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
