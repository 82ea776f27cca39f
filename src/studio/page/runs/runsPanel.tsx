/** All runs of the folder, newest first, and those of a fleet: open one, compare what they reached. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo } from 'preact/hooks';
import { api, type NewRunChoices, type RunEntry } from '../../protocol.ts';
import { Button, SearchField } from '../controls/controls.tsx';
import { shownDuration, shownNumber } from '../formats.ts';
import { requestJson } from '../requestJson.ts';
import { notify } from '../store.ts';
import { useStudio } from '../studio.ts';
import { useAnswer } from '../useAnswer.ts';
import { FleetRunLine, FleetRuns } from './fleetRuns.tsx';
import { placesOf } from './fleetWords.ts';
import { NewRun } from './newRun.tsx';
import { Thumbnail } from './thumbnail.tsx';
import { createTurns, type Turns } from './turns.ts';
import { useFleet } from './useFleet.ts';

/** The list is read again so often. */
const everyMs = 10_000;

export function RunsPanel() {
  const { store, run, openRun } = useStudio();
  const runs = useSignal<readonly RunEntry[] | undefined>(undefined);
  const sought = useSignal('');
  const read = useCallback(
    () =>
      requestJson<readonly RunEntry[]>(api.runs).then(
        (list) => {
          runs.value = list;
        },
        (error: Error) => {
          runs.value ??= [];
          notify(store, error.message, true);
        },
      ),
    [runs, store],
  );
  useEffect(() => {
    void read();
    const timer = setInterval(() => !document.hidden && void read(), everyMs);
    return () => clearInterval(timer);
  }, [read]);
  const fleet = useFleet();
  // Refused where nobody may begin a run.
  const choices = useAnswer<NewRunChoices>(api.newRun, { isSilent: true });
  const isOpen = useSignal(false);
  const inTurn = useMemo(createTurns, []);
  const isSought = ({ name }: { readonly name: string }) =>
    name.toLowerCase().includes(sought.value.toLowerCase());
  const { list } = fleet;
  // Nothing is drawn before both are known: no run appears twice, and nothing jumps.
  const [here, elsewhere] =
    runs.value && list !== undefined ? placesOf(runs.value, list?.runs ?? []) : [[], []];
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
        {here
          .filter(({ entry }) => isSought(entry))
          .map(({ entry, ofFleet }) => (
            <li key={entry.name}>
              <button
                type="button"
                class="open"
                aria-current={entry.name === run.value}
                onClick={() => openRun(entry.name)}
              >
                <Run entry={entry} inTurn={inTurn} />
              </button>
              {ofFleet && list && <FleetRunLine run={ofFleet} list={list} perform={fleet.perform} />}
            </li>
          ))}
      </ul>
      {list && <FleetRuns runs={elsewhere.filter(isSought)} list={list} perform={fleet.perform} />}
    </>
  );
}

/** A run that was killed has written no end. */
const statusWords: Readonly<Record<string, string>> = { unknown: 'not ended' };

function Run({ entry, inTurn }: { readonly entry: RunEntry; readonly inTurn: Turns }) {
  const { name, method, status, mode, steps, psnr, ssim, trainSeconds, thumbnail } = entry;
  return (
    <>
      <Thumbnail name={name} mode={mode} thumbnail={thumbnail} inTurn={inTurn} />
      <span class="what">
        <strong>{name}</strong>
        <span class="quiet">
          {method} · {mode === 'finished' ? (statusWords[status] ?? status) : mode}
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
