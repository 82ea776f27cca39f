/** Waits for what other threads and processes do: as long as a slow machine needs, not a millisecond longer. */
import { vi } from 'vitest';

/** Repeats the check until it does not throw. @returns its value @throws its last error after `timeout` ms */
export function eventually<Value>(
  check: () => Value | Promise<Value>,
  { timeout = 20_000 }: { readonly timeout?: number } = {},
): Promise<Value> {
  return vi.waitFor(check, { timeout, interval: 20 });
}
