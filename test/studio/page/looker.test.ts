/** Looks: the newest camera alone is asked for, one question at a time. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Looker, type Wanted } from '../../../src/studio/page/view/looker.ts';
import type { Look } from '../../../src/studio/protocol.ts';

const wanted = (x: number): Wanted => ({
  camera: { cameraToWorld: [1, 0, 0, x, 0, 1, 0, 0, 0, 0, 1, 0], width: 4, height: 3, fx: 4, fy: 4 },
  outputs: ['rgb'],
});

describe('looks', () => {
  let sent: Look[];
  let isOpen: boolean;
  let looker: Looker;
  const places = () => sent.map(({ camera }) => camera.cameraToWorld[3]);
  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    isOpen = true;
    looker = new Looker((look) => {
      if (isOpen) sent.push(look);
      return isOpen;
    });
  });
  afterEach(() => {
    looker.dispose();
    vi.useRealTimers();
  });

  it('ask for the newest camera once the last question is answered, and for none between', () => {
    const asked: number[] = [];
    for (const x of [1, 2, 3]) looker.want(wanted(x), (serial) => asked.push(serial));
    expect(places()).toEqual([1]);
    looker.answered(1);
    expect(places()).toEqual([1, 3]);
    looker.answered(2);
    expect(places()).toEqual([1, 3]);
    expect(asked).toEqual([1, 2]);
  });

  it('take no late picture for an answer to a newer question', () => {
    looker.want(wanted(1), () => undefined);
    looker.answered(1);
    looker.want(wanted(2), () => undefined);
    looker.want(wanted(3), () => undefined);
    looker.answered(1);
    expect(places()).toEqual([1, 2]);
  });

  it('do not wait for ever: a newer camera replaces a question that nobody answers', () => {
    looker.want(wanted(1), () => undefined);
    looker.want(wanted(2), () => undefined);
    vi.advanceTimersByTime(399);
    expect(places()).toEqual([1]);
    vi.advanceTimersByTime(1);
    expect(places()).toEqual([1, 2]);
  });

  it('are asked again on a new connection, with serials that go on', () => {
    isOpen = false;
    looker.want(wanted(1), () => undefined);
    looker.want(wanted(2), () => undefined);
    isOpen = true;
    looker.restart();
    looker.restart();
    expect(places()).toEqual([2, 2]);
    expect(sent.map(({ serial }) => serial)).toEqual([1, 2]);
  });
});
