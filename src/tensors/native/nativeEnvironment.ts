/** What TensorFlow's library reads from the environment when it is loaded. */

/**
 * Keeps the library's log to errors, gives it `threads` threads, and does without oneDNN; what the user has set stays.
 * oneDNN keeps a compiled routine for each size of a product, and instant-ngp multiplies another number of samples in every step:
 * memory would grow by 200 MB over some hundred steps.
 * The library reads the process's own environment: in a worker thread, whose `process.env` is a copy, this does nothing.
 */
export function prepareNativeEnvironment(threads: number): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '0';
}
