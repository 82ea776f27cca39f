/** `nerfstream ctl`: commands to a running run. */
import { existsSync } from 'node:fs';
import { RunFolderError } from '../errors.ts';
import { sendControl } from './controlClient.ts';
import { type ControlRequest, type ControlStatus, controlRequest } from './controlProtocol.ts';
import { failedExitCode } from './plainError.ts';
import { reportError } from './reportError.ts';
import { shownPath } from './shownPath.ts';
import { UsageError } from './usageError.ts';

/** @returns the exit code: 0 once the command has taken effect, 1 if it did not. */
export async function ctlCommand(
  runDir: string,
  name: string,
  argument: string | undefined,
  options: { readonly timeout: number; readonly debug?: boolean },
): Promise<number> {
  const request = parseRequest(name, argument);
  if (!existsSync(runDir))
    throw new RunFolderError(`${shownPath(runDir)}: there is no such run folder`, runDir);
  const response = await sendControl(runDir, request, options.timeout * 1000);
  if (!response.ok) {
    reportError({ message: response.error }, options.debug ?? false);
    return failedExitCode;
  }
  process.stdout.write(`${describe(request, response.status)}\n`);
  return 0;
}

function parseRequest(name: string, argument: string | undefined): ControlRequest {
  if (name === 'set') return parseSet(argument);
  const request = controlRequest.safeParse({
    command: name,
    ...(name === 'evaluate' && { scope: argument }),
  });
  if (!request.success && name === 'evaluate')
    throw new UsageError(`evaluate ${argument}: expected batch, image or all`);
  if (!request.success || name === 'setLearningRate')
    throw new UsageError(
      `unknown command "${name}"; commands: status, pause, resume, step, checkpoint, evaluate, stop, set`,
    );
  if (argument !== undefined && name !== 'evaluate')
    throw new UsageError(`${name} takes no argument ("${argument}")`);
  return request.data;
}

function parseSet(argument: string | undefined): ControlRequest {
  const [, group, factor] = /^learningRate\.([^=]+)=(.+)$/.exec(argument ?? '') ?? [];
  if (group === undefined || !(Number(factor) > 0) || !Number.isFinite(Number(factor)))
    throw new UsageError(
      'set expects learningRate.GROUP=FACTOR with a factor above 0, for example learningRate.encoding=0.5',
    );
  return { command: 'setLearningRate', group, factor: Number(factor) };
}

function describe(request: ControlRequest, status: ControlStatus): string {
  switch (request.command) {
    case 'status':
      return JSON.stringify(status);
    case 'pause':
    case 'step':
      return `paused at step ${status.step}`;
    case 'resume':
      return `${status.state} from step ${status.step}`;
    case 'checkpoint':
      return `saved ${status.checkpoint}`;
    case 'evaluate':
      return `evaluated at step ${status.step}${evaluationOf(request.scope, status)}`;
    case 'stop':
      return `stopping at step ${status.step}`;
    case 'setLearningRate':
      return `learning rate of ${request.group} times ${request.factor} from the next step on`;
  }
}

function evaluationOf(scope: 'batch' | 'image' | 'all', { metrics }: ControlStatus): string {
  const psnr = metrics[scope === 'batch' ? 'eval/batch/psnr' : 'eval/psnr'];
  return typeof psnr === 'number' ? `: PSNR ${psnr.toFixed(2)} dB` : '';
}
