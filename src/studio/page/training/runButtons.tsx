/** Pause, resume, step: always at hand. */
import { Button } from '../controls/controls.tsx';
import { useStudio } from '../studio.ts';

export function RunButtons() {
  const { store, perform } = useStudio();
  const commands = store.hello.value?.commands ?? [];
  if (commands.length === 0) return null;
  const isPaused = store.status.value?.state === 'paused';
  const isOff = store.connection.value !== 'open' || store.ended.value !== undefined;
  return (
    <div class="row buttons">
      {isPaused ? (
        <Button
          label="Resume"
          icon="play"
          look="primary"
          isDisabled={isOff}
          onClick={() => void perform({ type: 'trainer.resume' })}
        />
      ) : (
        <Button
          label="Pause"
          icon="pause"
          isDisabled={isOff}
          onClick={() => void perform({ type: 'trainer.pause' })}
        />
      )}
      <Button
        label="Step"
        icon="step"
        hint="Make one step, and pause"
        isDisabled={isOff}
        onClick={() => void perform({ type: 'trainer.stepOnce' })}
      />
    </div>
  );
}
