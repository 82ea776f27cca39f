/** A process that takes the lock of a run folder, says so, and waits to be killed. */
import { takeRunLock } from '../../src/runFolder/runLock.ts';

await takeRunLock(process.argv[2] ?? '');
process.stdout.write('held\n');
setInterval(() => {}, 1_000);
