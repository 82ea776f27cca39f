/** Which TensorFlow would run here, found out in another process. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { builtUrl } from '../../builtUrl.ts';
import type { TensorflowAttempt } from './loadTensorflow.ts';

const timeoutMs = 60_000;

/** Never throws: a process that crashes or hangs is a reason like any other. */
export async function probeTensorflow(): Promise<TensorflowAttempt> {
  const script = fileURLToPath(builtUrl(import.meta.url, './probeProcess.js'));
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script], {
      env,
      timeout: timeoutMs,
    });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as TensorflowAttempt;
  } catch (error) {
    const { signal, code, message } = error as { signal?: string; code?: number | string; message: string };
    const how = signal
      ? `ended by ${signal}`
      : typeof code === 'number'
        ? `ended with code ${code}`
        : message;
    return { reasons: [`loading TensorFlow ${how}`] };
  }
}
