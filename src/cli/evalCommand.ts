/** `nerfstream eval`: all held-out images of a run, with its newest checkpoint. */
import path from 'node:path';
import { configFileOfRun } from './resumeCommand.ts';
import { createRunLog, logOf } from './runLog.ts';
import { shownPath } from './shownPath.ts';

/** @returns the exit code */
export async function evalCommand(
  runDir: string,
  options: { readonly data?: string; readonly json?: boolean; readonly debug?: boolean },
): Promise<number> {
  configFileOfRun(runDir);
  const { evaluateRun } = await import('../../machines/evaluateRun.ts');
  const log = createRunLog({
    debug: options.debug ?? false,
    // Standard output is for the result, and whoever reads errors expects nothing else among them.
    ...(options.json && { output: process.stderr.isTTY ? process.stderr : null }),
  });
  log.open();
  const result = await evaluateRun(path.resolve(runDir), {
    log: logOf(log),
    ...(options.data !== undefined && { data: options.data }),
  });
  if (options.json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  }
  for (const { name, psnr, ssim } of result.images)
    process.stdout.write(`${psnr.toFixed(2)} dB  SSIM ${ssim.toFixed(4)}  ${name}\n`);
  process.stdout.write(
    `mean of ${result.images.length} images: PSNR ${result.psnr.toFixed(2)} dB, SSIM ${result.ssim.toFixed(4)}\n` +
      `renders: ${shownPath(path.join(runDir, 'eval'))}\n`,
  );
  return 0;
}
