/** Every scalar of the run: its history, and what comes after. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { ScalarHistory, ScalarRow } from '../../protocol.ts';
import { Series } from './series.ts';

export class ScalarBoard {
  readonly #version = signal(0);
  #series = new Map<string, Series>();
  /** Rows that came while the history was on its way. */
  #early: ScalarRow[] | undefined;

  /** Counts up with every change. */
  get version(): ReadonlySignal<number> {
    return this.#version;
  }

  get tags(): string[] {
    return [...this.#series.keys()].sort();
  }

  get(tag: string): Series | undefined {
    return this.#series.get(tag);
  }

  /** The latest value at or before a step. */
  valueAt(tag: string, step: number): number | undefined {
    const series = this.#series.get(tag);
    if (!series) return undefined;
    let at = series.length - 1;
    while (at >= 0 && series.steps[at]! > step) at--;
    return at >= 0 ? series.values[at] : undefined;
  }

  /** A new connection: the history will come, and what comes until then is kept. */
  begin(): void {
    this.#early = [];
  }

  /** The history, in place of all that was there; then what came meanwhile. */
  setHistory(history: ScalarHistory): void {
    this.#series = seriesOf(history);
    const early = this.#early ?? [];
    this.#early = undefined;
    this.add(early);
  }

  add(rows: readonly ScalarRow[]): void {
    if (this.#early) {
      this.#early.push(...rows);
      return;
    }
    for (const [tag, step, wallTime, value] of rows) {
      const series = this.#series.get(tag) ?? new Series();
      this.#series.set(tag, series);
      series.push(step, wallTime, Number(value));
    }
    this.#version.value++;
  }

  /** What was said of steps after `step` is void. */
  forget(step: number): void {
    this.#early = this.#early?.filter(([, of]) => of <= step);
    for (const series of this.#series.values()) series.cutAfter(step);
    this.#version.value++;
  }
}

/** The columns of a history as series. */
export function seriesOf(history: ScalarHistory): Map<string, Series> {
  return new Map(
    Object.entries(history).map(([tag, { steps, times, values }]) => {
      const series = new Series();
      steps.forEach((step, index) => {
        series.push(step, times[index]!, Number(values[index]));
      });
      return [tag, series];
    }),
  );
}
