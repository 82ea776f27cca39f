/** Above all: which run, what it does, how far it is. */
import type { Signal } from '@preact/signals';
import { Button } from './controls/controls.tsx';
import { numberOf, shownDuration, shownNumber } from './formats.ts';
import icon from './icon.svg';
import { useStudio } from './studio.ts';
import { type Theme, themes } from './theme.ts';
import { RunButtons } from './training/runButtons.tsx';
import { timeLeft } from './training/timeLeft.ts';

export function Head({ theme }: { readonly theme: Signal<Theme> }) {
  const { store, run } = useStudio();
  const hello = store.hello.value;
  const nextTheme = themes[(themes.indexOf(theme.value) + 1) % themes.length]!;
  return (
    <header class="head">
      <h1>
        <img src={icon} alt="nerfstream studio" />
        <span title={hello?.run.method}>{run.value ?? 'nerfstream studio'}</span>
      </h1>
      <State />
      <Progress />
      <RunButtons />
      <Button
        label={`Colours: ${theme.value}. Change to ${nextTheme}`}
        icon="theme"
        iconOnly
        onClick={() => {
          theme.value = nextTheme;
        }}
      />
    </header>
  );
}

/** What the run does, said aloud when it changes. */
function State() {
  const { store, run } = useStudio();
  const connection = store.connection.value;
  const state =
    store.unavailable.value !== undefined
      ? 'unavailable'
      : connection === 'open'
        ? (store.ended.value?.status ?? store.status.value?.state ?? 'connecting')
        : connection;
  const words =
    {
      lost: 'connection lost',
      checkpointing: 'saving',
      serving: 'rendering',
      unavailable: run.value === undefined ? 'no run' : 'cannot be shown',
    }[state] ?? state;
  return (
    <span class="state" data-state={state} role="status" aria-live="polite">
      {words}
    </span>
  );
}

function Progress() {
  const { status } = useStudio().store;
  if (!status.value) return <div class="progress" />;
  const { step, maxSteps, metrics } = status.value;
  const psnr = numberOf(metrics['eval/psnr']) ?? numberOf(metrics['train/psnr']);
  const left = timeLeft(status.value);
  return (
    <>
      <div class="progress">
        <progress value={Math.min(step, maxSteps)} max={maxSteps} aria-label="Steps made" />
      </div>
      <div class="figures">
        <span title="Steps made, of all">
          {shownNumber(step)} / {shownNumber(maxSteps)}
        </span>
        {psnr !== undefined && <span title="Newest PSNR">{psnr.toFixed(2)} dB</span>}
        {left !== undefined && <span title="Time left">{shownDuration(left)}</span>}
      </div>
    </>
  );
}
