/** Renders the path into a file, shows how far that is, and hands the file over. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, type RenderJob, type RenderJobRequest } from '../../protocol.ts';
import { Button, Choice, Section } from '../controls/controls.tsx';
import { requestJson } from '../requestJson.ts';
import { notify } from '../store.ts';
import { useStudio } from '../studio.ts';
import { encodeCameraPath, framesOf } from './cameraPathFile.ts';
import { pathCrop } from './pathCrop.ts';
import type { Plan } from './plan.ts';

type Format = RenderJobRequest['format'];

export function RenderJobs({ plan }: { readonly plan: Signal<Plan> }) {
  const { store, view, run } = useStudio();
  const format = useSignal<Format>('webp');
  const name = run.value;
  useEffect(() => {
    if (name === undefined) return;
    requestJson<readonly RenderJob[]>(api.renders(name)).then(
      (jobs) => {
        store.renders.value = jobs;
      },
      () => undefined,
    );
  }, [name, store]);
  if (name === undefined) return null;
  const { keys, settings } = plan.value;
  const start = () => {
    const path = encodeCameraPath(keys, settings, pathCrop(store, view)) as RenderJobRequest['path'];
    const body: RenderJobRequest = { path, output: view.output.value, format: format.value };
    requestJson(api.renders(name), { method: 'POST', body }).catch((error: Error) =>
      notify(store, error.message, true),
    );
  };
  return (
    <Section title="Render">
      <div class="row">
        <Choice
          label="As"
          value={format.value}
          options={[
            ['webp', 'animated WebP'],
            ['mp4', 'MP4 video'],
            ['webm', 'WebM video'],
          ]}
          onChange={(value) => {
            format.value = value;
          }}
        />
        <Button
          hint={view.crop.value?.isOn ? 'Of what is in the crop box' : undefined}
          label={`Render ${framesOf(settings)} frames`}
          look="primary"
          isDisabled={keys.length === 0 || store.connection.value !== 'open'}
          onClick={start}
        />
      </div>
      <ul class="jobs">
        {store.renders.value.map((job) => (
          <Job key={job.id} run={name} job={job} />
        ))}
      </ul>
    </Section>
  );
}

function Job({ run, job }: { readonly run: string; readonly job: RenderJob }) {
  const { store } = useStudio();
  const { id, state, framesDone, frames, file, error } = job;
  const isOver = state !== 'waiting' && state !== 'rendering';
  const remove = () => {
    requestJson(api.render(run, id), { method: 'DELETE' }).catch((cause: Error) =>
      notify(store, cause.message, true),
    );
  };
  return (
    <li>
      <div class="row">
        <span class="grow number">
          {error ?? state} {!isOver && `· ${framesDone} of ${frames}`}
        </span>
        {state === 'done' && (
          <a class="button small" href={api.renderFile(run, id)} download={file}>
            Download
          </a>
        )}
        <Button label={isOver ? 'Put away' : 'Cancel'} look="small" onClick={remove} />
      </div>
      {!isOver && <progress value={framesDone} max={frames} aria-label="Frames rendered" />}
    </li>
  );
}
