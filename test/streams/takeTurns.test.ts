import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { takeTurns } from '../../streams/takeTurns.ts';

/** Three pieces; notes what happened. */
function* pieces(notes: string[], onPiece: (piece: number) => void = () => {}): Generator<number, string> {
  try {
    for (let piece = 1; piece <= 3; piece++) {
      notes.push(`piece ${piece}`);
      onPiece(piece);
      yield piece / 3;
    }
    return 'whole';
  } finally {
    notes.push('left');
  }
}

/** Runs turns when it is told to. */
function byHand() {
  const turns: (() => void)[] = [];
  const yieldTo = (task: () => void) => {
    turns.push(task);
    return () => {
      turns.splice(0);
    };
  };
  return { turns, yieldTo, run: () => turns.shift()?.() };
}

describe('takeTurns', () => {
  it('does one piece a turn of the event loop and emits what is returned', async () => {
    const notes: string[] = [];
    setImmediate(() => notes.push('somebody else'));
    expect(await lastValueFrom(takeTurns(pieces(notes)))).toBe('whole');
    expect(notes.indexOf('somebody else')).toBeLessThan(notes.indexOf('piece 2'));
    expect(notes.at(-1)).toBe('left');
  });

  it.each([
    ['between two pieces', false],
    ['within a piece, which ends first', true],
  ])('leaves out the rest when it is unsubscribed %s', (_, within) => {
    const { turns, yieldTo, run } = byHand();
    const notes: string[] = [];
    const subscription = takeTurns(
      pieces(notes, (piece) => within && piece === 2 && subscription.unsubscribe()),
      yieldTo,
    ).subscribe();
    run();
    run();
    subscription.unsubscribe();
    expect(notes).toEqual(['piece 1', 'piece 2', 'left']);
    expect(turns).toEqual([]);
  });

  it('errors with what a piece throws', async () => {
    const failing = takeTurns(
      pieces([], () => {
        throw new Error('no light');
      }),
    );
    await expect(lastValueFrom(failing)).rejects.toThrow('no light');
  });
});
