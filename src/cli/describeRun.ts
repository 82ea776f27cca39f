/** What the command line says when a run has ended. */
import path from 'node:path';
import type { RunSummary } from '../../machines/trainer.ts';
import type { SinkReport } from '../../streams/sink.ts';
import { shownPath } from './shownPath.ts';

/** A few lines: how it ended, how good it is, which sinks lost something, and where everything lies. */
export function describeRun(summary: RunSummary, runDir: string): string {
  const { status, steps, trainSeconds, eval: evaluation } = summary;
  const folder = shownPath(runDir);
  const lines = [`${status} at step ${steps} after ${trainSeconds.toFixed(1)} s of training`];
  if (evaluation?.psnr !== undefined && evaluation.ssim !== undefined)
    lines.push(
      `held-out images (${evaluation.images.length}): PSNR ${evaluation.psnr.toFixed(2)} dB, SSIM ${evaluation.ssim.toFixed(4)}; renders in ${path.join(folder, 'eval')}`,
    );
  if (status === 'completed' && evaluation === undefined)
    lines.push('no image was held out, so nothing says how good it is');
  lines.push(...sinkTroubles(summary.sinks));
  if (status !== 'completed') lines.push(`go on with it: nerfstream resume ${folder}`);
  lines.push(`run folder: ${folder}`);
  return `${lines.join('\n')}\n`;
}

/** What sinks have lost, and why they failed: nothing for those that are well. */
export function sinkTroubles(reports: readonly SinkReport[]): string[] {
  return reports.flatMap(({ name, delivered, dropped, error }) => [
    ...(dropped > 0 ? [`sink ${name} lost ${dropped} of ${dropped + delivered} events`] : []),
    ...(error === undefined ? [] : [`sink ${name} failed: ${error.split('\n', 1)[0]}`]),
  ]);
}
