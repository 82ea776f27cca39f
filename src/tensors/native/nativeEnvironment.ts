/** What TensorFlow's library reads from the environment when it is loaded. */

/**
 * Keeps the library's log to errors and gives it `threads` threads; what the user has set stays.
 * The library reads the process's own environment: in a worker thread, whose `process.env` is a copy, this does nothing.
 */
export function prepareNativeEnvironment(threads: number): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
}
