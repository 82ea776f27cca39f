import { afterEach, describe, expect, it, vi } from 'vitest';
import { yieldToEventLoop } from '../../streams/yieldToEventLoop.ts';

afterEach(() => vi.unstubAllGlobals());

const macrotask = () => new Promise((resolve) => setTimeout(resolve, 5));

describe.each(['with setImmediate', 'without'])('yieldToEventLoop %s', (where) => {
  it('runs a task in a macrotask of its own, unless it is called off', async () => {
    if (where === 'without') vi.stubGlobal('setImmediate', undefined);
    const done: string[] = [];
    yieldToEventLoop(() => done.push('first'));
    const callOff = yieldToEventLoop(() => done.push('called off'));
    callOff();
    await Promise.resolve();
    expect(done).toEqual([]);
    await macrotask();
    expect(done).toEqual(['first']);
  });
});
