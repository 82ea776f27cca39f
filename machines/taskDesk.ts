/** Takes tasks on and gives their answers back: the live side of the machine's list of tasks. */
import { catchError, defer, EMPTY, ignoreElements, type Observable, tap } from 'rxjs';
import { takeTurns } from '../streams/takeTurns.ts';
import { startTask, type TaskSubject } from './commandActions.ts';
import type { CommandOf, TaskName } from './commands.ts';
import { createPendingAnswers } from './pendingAnswers.ts';
import type { TaskRequested, WaitingTask } from './trainerEvents.ts';

export interface TaskDesk {
  /** Hands the task to the machine through `send`. @returns its answer; rejects with what went wrong, or CommandError once the run ends */
  request(command: CommandOf<TaskName>, send: (event: TaskRequested) => void): Promise<unknown>;
  /** Does a task, one piece a macrotask; completes when it is answered, well or not. Unsubscribing leaves it out. */
  serve(task: WaitingTask, subject: TaskSubject): Observable<never>;
  /** The run ends: nothing is answered any more. */
  close(): void;
}

export function createTaskDesk(): TaskDesk {
  const pending = createPendingAnswers();
  return {
    request: (command, send) => pending.ask((id) => send({ type: 'task.requested', id, command })),
    serve: ({ id, command }, subject) =>
      defer(() => takeTurns(startTask(subject, command))).pipe(
        tap((answer) => pending.resolve(id, answer)),
        catchError((error: unknown) => {
          pending.reject(id, error);
          return EMPTY;
        }),
        ignoreElements(),
      ),
    close: pending.close,
  };
}
