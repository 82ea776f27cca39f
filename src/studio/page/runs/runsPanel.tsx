/** All runs of the folder, newest first: open one, compare what they reached. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { api, type NewRunChoices, type RunEntry } from '../../protocol.ts';
import { Button, SearchField } from '../controls/controls.tsx';
import { shownDuration, shownNumber } from '../formats.ts';
import { requestJson } from '../requestJson.ts';
import { notify } from '../store.ts';
import { useStudio } from '../studio.ts';
import { useAnswer } from '../useAnswer.ts';
import { NewRun } from './newRun.tsx';

/** The list is read again so often. */
const everyMs = 10_000;

export function RunsPanel() {
  const { store, run, openRun } = useStudio();
  const runs = useSignal<readonly RunEntry[]>([]);
  const sought = useSignal('');
  const read = useCallback(
    () =>
      requestJson<readonly RunEntry[]>(api.runs).then(
        (list) => {
          runs.value = list;
        },
        (error: Error) => notify(store, error.message, true),
      ),
    [runs, store],
  );
  useEffect(() => {
    void read();
    const timer = setInterval(() => !document.hidden && void read(), everyMs);
    return () => clearInterval(timer);
  }, [read]);
  // Refused where nobody may begin a run.
  const choices = useAnswer<NewRunChoices>(api.newRun, { isSilent: true });
  const isOpen = useSignal(false);
  const shown = runs.value.filter(({ name }) => name.toLowerCase().includes(sought.value.toLowerCase()));
  return (
    <>
      <div class="row">
        <SearchField label="Search runs" sought={sought} />
        {choices.value && (
          <Button
            label="New run"
            icon="add"
            isPressed={isOpen.value}
            onClick={() => {
              isOpen.value = !isOpen.value;
            }}
          />
        )}
      </div>
      {choices.value && isOpen.value && (
        <NewRun
          choices={choices.value}
          onStart={(name) => {
            isOpen.value = false;
            void read();
            openRun(name);
          }}
        />
      )}
      <ul class="runs">
        {shown.map((entry) => (
          <li key={entry.name}>
            <button type="button" aria-current={entry.name === run.value} onClick={() => openRun(entry.name)}>
              <Run entry={entry} />
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Run({ entry }: { readonly entry: RunEntry }) {
  const { name, method, status, mode, steps, psnr, ssim, trainSeconds, thumbnail } = entry;
  return (
    <>
      {thumbnail === undefined ? (
        <span class="thumbnail" />
      ) : (
        <img class="thumbnail" src={api.picture(name, thumbnail)} alt="" loading="lazy" />
      )}
      <span class="what">
        <strong>{name}</strong>
        <span class="quiet">
          {method} · {mode === 'finished' ? status : mode}
        </span>
        <span class="number">
          {psnr !== undefined && <b>{psnr.toFixed(2)} dB</b>}
          {ssim !== undefined && ` · SSIM ${ssim.toFixed(3)}`}
          {steps !== undefined && ` · ${shownNumber(steps)} steps`}
          {trainSeconds !== undefined && ` · ${shownDuration(trainSeconds)}`}
        </span>
      </span>
    </>
  );
}
