/** Steers the training, and shows how it goes. */
import { useSignal } from '@preact/signals';
import { Button, Section, Slider } from '../controls/controls.tsx';
import { numberOf, shownDuration, shownNumber, shownShare } from '../formats.ts';
import { useStudio } from '../studio.ts';
import { LearningRates } from './learningRates.tsx';
import { LogLines } from './logPanel.tsx';
import { timeLeft } from './timeLeft.ts';

export function TrainingPanel() {
  const { store } = useStudio();
  const ended = store.ended.value;
  const troubles = store.status.value?.sinkTroubles ?? [];
  return (
    <>
      {ended?.error && <p class="notice bad">{ended.error}</p>}
      <Facts />
      <Elsewhere />
      <Commands />
      <ViewingShare />
      <LearningRates />
      {troubles.length > 0 && (
        <Section title="Sinks">
          {troubles.map((trouble) => (
            <p key={trouble} class="notice bad">
              {trouble}
            </p>
          ))}
        </Section>
      )}
      <Section title="Log">
        <LogLines lines={store.log.value.slice(-8)} />
      </Section>
    </>
  );
}

function Facts() {
  const { status, hello, unavailable } = useStudio().store;
  if (unavailable.value !== undefined) return <p class="notice bad">{unavailable.value}</p>;
  if (!status.value) return <p class="quiet">Waiting for the run…</p>;
  const { step, maxSteps, trainSeconds, metrics, stepsPerSecond, checkpoint, visitors } = status.value;
  const rays = numberOf(metrics['train/rays_per_second']);
  const left = timeLeft(status.value);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Method', hello.value?.run.method],
    ['Step', `${shownNumber(step)} of ${shownNumber(maxSteps)}`],
    ['Steps a second', shownNumber(stepsPerSecond, 3)],
    ['Rays a second', rays === undefined ? undefined : shownNumber(Math.round(rays))],
    ['Splats', 'train/splats' in metrics ? shownNumber(metrics['train/splats']) : undefined],
    ['Training time', shownDuration(trainSeconds)],
    ['Time left', left === undefined ? undefined : shownDuration(left)],
    ['Loss', shownNumber(metrics['train/loss'])],
    ['PSNR, training', decibels(metrics['train/psnr'])],
    ['PSNR, held out', decibels(metrics['eval/psnr'])],
    ['Checkpoint', checkpoint?.replace(/^.*\//, '')],
    ['Visitors', visitors > 1 ? String(visitors) : undefined],
  ];
  return (
    <dl class="facts">
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** Says that pictures are of a checkpoint, where another process trains. */
function Elsewhere() {
  const { hello, status } = useStudio().store;
  if (hello.value?.run.mode !== 'attached') return null;
  const saved = status.value?.saved;
  return (
    <p class="notice">
      Another process trains this run.{' '}
      {saved
        ? `Pictures are of its newest checkpoint: step ${shownNumber(saved.step)}, saved ${shownDuration(saved.ageSeconds)} ago. Save makes a newer one.`
        : 'It has saved no checkpoint yet, so there are no pictures; Save makes one.'}
    </p>
  );
}

function decibels(value: number | string | undefined): string | undefined {
  return value === undefined ? undefined : `${shownNumber(value)} dB`;
}

function Commands() {
  const { store, perform } = useStudio();
  const commands = store.hello.value?.commands ?? [];
  const isOff = store.connection.value !== 'open' || store.ended.value !== undefined;
  const isSure = useSignal(false);
  if (!store.hello.value) return null;
  if (commands.length === 0) {
    const { mode } = store.hello.value.run;
    return (
      <p class="notice">
        {mode === 'finished'
          ? 'This run is finished: its newest checkpoint is shown.'
          : 'You may look, and change nothing.'}
      </p>
    );
  }
  return (
    <Section title="Do now">
      <div class="row">
        <Button
          label="Evaluate"
          icon="evaluate"
          hint="Render all held-out views and compare them with their photos"
          isDisabled={isOff}
          onClick={() => void perform({ type: 'trainer.evaluate', scope: 'all' }, 'Evaluated.')}
        />
        <Button
          label="Save"
          icon="save"
          hint="Save a checkpoint"
          isDisabled={isOff}
          onClick={() => void perform({ type: 'trainer.checkpoint' }, 'A checkpoint is saved.')}
        />
        <Button
          label={isSure.value ? 'Really stop' : 'Stop…'}
          icon="stop"
          look="danger"
          hint="Finish the step, save, and end the run"
          isDisabled={isOff}
          onClick={() => {
            if (isSure.value) void perform({ type: 'trainer.stop' }, 'The run stops.');
            isSure.value = !isSure.value;
          }}
        />
        {isSure.value && (
          <Button
            label="Go on"
            onClick={() => {
              isSure.value = false;
            }}
          />
        )}
      </div>
    </Section>
  );
}

function ViewingShare() {
  const { store, setShare } = useStudio();
  const viewing = store.status.value?.viewing;
  const chosen = useSignal<number | undefined>(undefined);
  // A thread of the studio draws what others train: there is nothing to share.
  if (!viewing || store.hello.value?.readOnly || store.hello.value?.run.mode !== 'live') return null;
  const share = chosen.value ?? viewing.share;
  return (
    <Section title="Time for viewing">
      <Slider
        label="Share"
        {...{ min: 0.05, max: 0.95, step: 0.05 }}
        value={share}
        shown={shownShare(share)}
        onInput={(value) => {
          chosen.value = value;
        }}
        onChange={(value) => {
          chosen.value = undefined;
          setShare(value);
        }}
      />
      <p class="quiet number">
        Measured: {shownShare(viewing.measuredShare)}, {shownNumber(viewing.picturesPerSecond, 2)} pictures a
        second. When nobody moves, training has almost all of the time; while paused, viewing has it.
      </p>
    </Section>
  );
}
