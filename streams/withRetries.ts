/** Tries something again after growing pauses: what a network or a busy disk asks for. */

/** How often, and after which pauses, what failed is tried again. */
export interface RetryPolicy {
  /** Further attempts; `Infinity`: until the run no longer waits. Default 3. */
  readonly times?: number;
  /** The first pause, in milliseconds; each further one is twice as long. Default 100. */
  readonly backoffMs?: number;
  /** No pause is longer than this, in milliseconds. Default 10,000. */
  readonly longestMs?: number;
  /** Whether trying again could help after this error. Default: always. */
  readonly when?: (error: unknown) => boolean;
}

export interface RetryContext {
  /** No further attempt begins once this is aborted. */
  readonly deadline: AbortSignal;
  /** Told of every error after which it is tried again. */
  readonly onRetry: (error: unknown, failures: number) => void;
}

/** @throws the last error of `action`, once the policy or the deadline says that it was the last attempt */
export async function withRetries(
  action: () => Promise<void>,
  { times = 3, backoffMs = 100, longestMs = 10_000, when = () => true }: RetryPolicy,
  { deadline, onRetry }: RetryContext,
): Promise<void> {
  for (let failures = 0; ; failures++) {
    try {
      return await action();
    } catch (error) {
      if (failures >= times || deadline.aborted || !when(error)) throw error;
      onRetry(error, failures + 1);
      const pauseMs = Math.min(longestMs, backoffMs * 2 ** failures);
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
    }
  }
}
