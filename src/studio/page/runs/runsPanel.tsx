/** All runs of the folder, newest first: open one, compare what they reached. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, type RunEntry } from '../../protocol.ts';
import { SearchField } from '../controls/controls.tsx';
import { shownDuration, shownNumber } from '../formats.ts';
import { requestJson } from '../requestJson.ts';
import { notify } from '../store.ts';
import { useStudio } from '../studio.ts';

/** The list is read again so often. */
const everyMs = 10_000;

export function RunsPanel() {
  const { store, run, openRun } = useStudio();
  const runs = useSignal<readonly RunEntry[]>([]);
  const sought = useSignal('');
  useEffect(() => {
    const read = () =>
      requestJson<readonly RunEntry[]>(api.runs).then(
        (list) => {
          runs.value = list;
        },
        (error: Error) => notify(store, error.message, true),
      );
    void read();
    const timer = setInterval(read, everyMs);
    return () => clearInterval(timer);
  }, [runs, store]);
  const shown = runs.value.filter(({ name }) => name.toLowerCase().includes(sought.value.toLowerCase()));
  return (
    <>
      <SearchField label="Search runs" sought={sought} />
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
