/** Runs of a fleet in the list: which worker has them, how far they are, and what they are told. */
import { useSignal } from '@preact/signals';
import type { FleetList, FleetRun, FleetRunCommand } from '../../fleetProtocol.ts';
import { Button, Section } from '../controls/controls.tsx';
import { useStudio } from '../studio.ts';
import { countWords, stateWords } from './fleetWords.ts';
import type { PerformInFleet } from './useFleet.ts';

interface FleetProps {
  readonly list: FleetList;
  readonly perform: PerformInFleet;
}

/** Those that are not in the list of the folder, and what there is besides. */
export function FleetRuns({ runs, list, perform }: FleetProps & { readonly runs: readonly FleetRun[] }) {
  const { fleet, problem, workers, paused, counts, more } = list;
  const hidden = countWords(more);
  return (
    <Section title={fleet === 'fleet' ? 'Fleet' : `Fleet ${fleet}`}>
      {problem !== undefined && (
        <p class="notice bad" role="status">
          {problem}
        </p>
      )}
      <p class="quiet">
        {workers === 1 ? '1 worker' : `${workers} workers`} · {countWords(counts) || 'no runs'}
        {paused.includes('all') && ' · paused as a whole'}
      </p>
      <ul class="runs">
        {runs.map((run) => (
          <li key={run.name}>
            <FleetRunName run={run} />
            <FleetRunLine {...{ run, list, perform }} />
          </li>
        ))}
      </ul>
      {hidden !== '' && <p class="quiet">Not listed: {hidden}.</p>}
    </Section>
  );
}

/** Opens the run where its folder is on the disk of the studio. */
function FleetRunName({ run: { name, here } }: { readonly run: FleetRun }) {
  const { run: shown, openRun } = useStudio();
  if (here === undefined) return <strong class="name">{name}</strong>;
  return (
    <button type="button" class="open" aria-current={here === shown.value} onClick={() => openRun(here)}>
      <strong>{name}</strong>
    </button>
  );
}

/** What the fleet says of a run, and its buttons. */
export function FleetRunLine({ run, list, perform }: FleetProps & { readonly run: FleetRun }) {
  const { worker, psnr, trainPsnr, error } = run;
  return (
    <div class="fleet-run">
      <span class="says">
        <span class="number">{stateWords(run)}</span>
        {psnr !== undefined && <b class="number"> · {psnr.toFixed(2)} dB</b>}
        {psnr === undefined && trainPsnr !== undefined && (
          <span class="number"> · {trainPsnr.toFixed(2)} dB in training</span>
        )}
        {worker !== undefined && <span class="quiet"> · {worker}</span>}
        {error !== undefined && <span class="bad"> · {error}</span>}
      </span>
      {!list.readOnly && run.state !== 'setAside' && run.state !== 'done' && (
        <FleetRunButtons {...{ run, perform }} isOff={list.problem !== undefined} />
      )}
    </div>
  );
}

function FleetRunButtons({
  run: { name, pausedAs },
  isOff,
  perform,
}: Pick<FleetProps, 'perform'> & { readonly run: FleetRun; readonly isOff: boolean }) {
  const isBusy = useSignal(false);
  const isSure = useSignal(false);
  const tell = async (command: FleetRunCommand['command']) => {
    isSure.value = false;
    isBusy.value = true;
    await perform({ command, run: name });
    isBusy.value = false;
  };
  const isDisabled = isOff || isBusy.value;
  if (isSure.value)
    return (
      <span class="row">
        <Button
          label={`Really stop ${name}`}
          look="danger small"
          {...{ isDisabled }}
          onClick={() => void tell('stop')}
        />
        <Button
          label="Go on"
          look="small"
          onClick={() => {
            isSure.value = false;
          }}
        />
      </span>
    );
  return (
    <span class="row">
      {pausedAs === undefined ? (
        <Button
          label={`Pause ${name}`}
          icon="pause"
          iconOnly
          {...{ isDisabled }}
          onClick={() => void tell('pause')}
        />
      ) : (
        <Button
          label={`Resume ${name}`}
          icon="play"
          iconOnly
          isDisabled={isDisabled || pausedAs !== name}
          hint={
            pausedAs === name ? undefined : `Paused with ${pausedAs}: nerfstream fleet resume ${pausedAs}`
          }
          onClick={() => void tell('resume')}
        />
      )}
      <Button
        label={`Stop ${name}…`}
        icon="stop"
        iconOnly
        {...{ isDisabled }}
        onClick={() => {
          isSure.value = true;
        }}
      />
    </span>
  );
}
