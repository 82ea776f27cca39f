/** The operator that tells the metric bus what a step measured. */
import { defer, type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Clock } from '../../src/clock.ts';
import { systemClock } from '../../src/clock.ts';
import type { LazyNumber } from '../../src/pipeline/pipeline.ts';
import { type MetricBus, numberOf } from '../metricBus.ts';
import type { AppliedStep } from '../step.ts';

/**
 * Publishes a step's scalars: `train/loss` (the sum of the terms), `train/loss/<term>` where there is more than one,
 * `train/skipped` (1, in steps that a guard skipped), `train/<metric>`, `train/step_ms`, `train/rays_per_second` (if the pipeline counts `rays`), `learning_rate/<group>`
 * and `gradient_norm/<group>` (where it was computed).
 *
 * - Timing: synchronous, one emission per source emission; after the commit, so that a published step has happened.
 *   `step_ms` is the time since the previous emission (the first: since the subscription).
 * - Ownership: reads lazy numbers, and only when somebody receives them; passes the step on untouched.
 * - Errors: none of its own; a subscriber that throws does not reach the stream.
 * - Resume state: none.
 *
 * @example source.pipe(commitSteps(pipeline), publishSteps(bus))
 */
export function publishSteps<Step extends AppliedStep>(
  bus: MetricBus,
  clock: Clock = systemClock,
): MonoTypeOperatorFunction<Step> {
  return (source) =>
    defer(() => {
      let previous = clock.monotonic();
      return source.pipe(
        tap((step) => {
          const now = clock.monotonic();
          if (bus.observed) publish(bus, step, now - previous);
          previous = now;
        }),
      );
    });
}

function publish(bus: MetricBus, applied: AppliedStep, milliseconds: number): void {
  const { step, losses, metrics } = applied;
  publishLosses(bus, step, losses);
  if (applied.skipped) bus.scalar(step, 'train/skipped', 1);
  if (metrics) bus.scalars(step, 'train', metrics);
  bus.scalar(step, 'train/step_ms', milliseconds);
  const rays = metrics?.['rays'];
  if (rays !== undefined && milliseconds > 0)
    bus.scalar(step, 'train/rays_per_second', (numberOf(rays) * 1000) / milliseconds);
  bus.scalars(step, 'learning_rate', applied.learningRates);
  bus.scalars(step, 'gradient_norm', applied.gradientNorms);
}

function publishLosses(bus: MetricBus, step: number, losses: Readonly<Record<string, LazyNumber>>): void {
  let sum = 0;
  let terms = 0;
  const values: Record<string, number> = {};
  for (const name in losses) {
    const value = numberOf(losses[name]!);
    values[name] = value;
    sum += value;
    terms += 1;
  }
  bus.scalar(step, 'train/loss', sum);
  if (terms > 1) bus.scalars(step, 'train/loss', values);
}
