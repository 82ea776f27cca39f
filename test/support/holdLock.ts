/** A process that takes the lock of a run folder, says so, says when it loses it, and waits to be killed. */
import { takeRunLock } from '../../src/runFolder/runLock.ts';

await takeRunLock(process.argv[2] ?? '', {
  heartbeatMs: 50,
  onLost: ({ message }) => process.stdout.write(`lost: ${message}\n`),
});
process.stdout.write('held\n');
setInterval(() => {}, 1_000);
