/** Sends one command to a running run. */
import { createConnection } from 'node:net';
import { RunFolderError } from '../errors.ts';
import {
  type ControlRequest,
  type ControlResponse,
  decodeResponse,
  encodeLine,
  maxAnswerBytes,
} from './controlProtocol.ts';
import { findSocket } from './controlSocketPath.ts';

/**
 * Sends `request` to the run in `runDir` and resolves with its answer: the run after the command took effect.
 * @throws RunFolderError when no run is running there.
 * @throws Error when the run ends, or `timeoutMs` passes, without an answer.
 */
export async function sendControl(
  runDir: string,
  request: ControlRequest,
  timeoutMs: number,
): Promise<ControlResponse> {
  const line = await exchange(runDir, await findSocket(runDir), encodeLine(request), timeoutMs);
  return decodeResponse(line);
}

function exchange(runDir: string, socketPath: string, line: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    let received = '';
    const deadline = setTimeout(() => {
      reject(
        new Error(`the command was sent, but the run did not confirm it within ${timeoutMs / 1000} seconds`),
      );
      socket.destroy();
    }, timeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(line));
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (received.length > maxAnswerBytes) socket.destroy(new Error('the answer is too long'));
      if (chunk.endsWith('\n')) resolve(received);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => reject(explain(runDir, error)));
    socket.on('close', () => {
      clearTimeout(deadline);
      reject(new Error('the run ended before it answered'));
    });
  });
}

function explain(runDir: string, error: NodeJS.ErrnoException): Error {
  if (error.code === 'EACCES')
    return new RunFolderError(`the run in ${runDir} belongs to another user`, runDir, { cause: error });
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR')
    return new RunFolderError(
      `no run is running in ${runDir}; nerfstream resume ${runDir} goes on with it`,
      runDir,
      { cause: error },
    );
  return error;
}
