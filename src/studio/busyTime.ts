/** How long something goes on, however much of it at once. */

/**
 * @param tell hears of the milliseconds in which any work went on, each of them once, as soon as a piece of it has ended
 * @param now milliseconds of a clock that only moves forward
 * @returns does a piece of work
 */
export function busyTime(
  tell: (milliseconds: number) => void,
  now: () => number = () => performance.now(),
): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let going = 0;
  let toldAt = 0;
  return async (work) => {
    if (going++ === 0) toldAt = now();
    try {
      return await work();
    } finally {
      going--;
      const at = now();
      tell(at - toldAt);
      toldAt = at;
    }
  };
}
