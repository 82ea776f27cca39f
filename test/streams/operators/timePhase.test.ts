import { map, Subject, tap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createPhaseClock } from '../../../src/profile/phaseClock.ts';
import { timePhase } from '../../../streams/operators/timePhase.ts';
import { marbles } from '../../support/marbles.ts';

function setup() {
  const time = { milliseconds: 0 };
  const heard: [string, number, number][] = [];
  const clock = createPhaseClock({ monotonic: () => time.milliseconds }, [(...phase) => heard.push(phase)]);
  return { time, heard, clock };
}

describe('timePhase', () => {
  it('[TM1] counts the operator alone, not what comes before or behind it', () => {
    const { time, heard, clock } = setup();
    const spend = (milliseconds: number) =>
      tap<string>(() => {
        time.milliseconds += milliseconds;
      });
    const source = new Subject<string>();
    const seen: string[] = [];
    const timed = timePhase<string, string>(clock, 'optimizer', (values) =>
      values.pipe(
        spend(5),
        map((value: string) => value.toUpperCase()),
      ),
    );
    source.pipe(spend(100), timed, spend(1_000)).subscribe((value) => seen.push(value));
    source.next('a');
    source.next('b');
    expect(seen).toEqual(['A', 'B']);
    expect(heard).toEqual([
      ['optimizer', 100, 105],
      ['optimizer', 1_205, 1_210],
    ]);
  });

  it('passes values, errors, the end and unsubscribing on', () => {
    const { clock, heard } = setup();
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b-|');
      const timed = source.pipe(
        timePhase(
          clock,
          'x',
          map((value: string) => value + value),
        ),
      );
      expectObservable(timed, '^--!').toBe('a-b-', { a: 'aa', b: 'bb' });
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectObservable(
        cold('a-#').pipe(
          timePhase(
            clock,
            'x',
            map((value) => value),
          ),
        ),
      ).toBe('a-#');
      const failing = timePhase<string, string>(clock, 'fails', () => throwError(() => 'error'));
      expectObservable(cold('a').pipe(failing)).toBe('#');
    });
    expect(heard.map(([phase]) => phase)).toEqual(['x', 'x', 'x']);
  });
});
