/** A training that another program started, and that is not to outlive it. */

/**
 * Calls `onGone` once the process that started this one is gone, however it ended: the channel between them (Node's `ipc`) closes then.
 * Without such a channel that is at once.
 * @returns stops listening
 */
export function whenParentIsGone(onGone: () => void): () => void {
  if (!process.connected) {
    onGone();
    return () => {};
  }
  process.once('disconnect', onGone);
  // Listening would keep the process alive.
  process.channel?.unref();
  return () => {
    process.off('disconnect', onGone);
  };
}
