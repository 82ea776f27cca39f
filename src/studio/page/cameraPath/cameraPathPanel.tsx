/** Plans a flight: keyframes of the view, a smooth way through them, preview, file, rendering. */
import { type Signal, useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { columnOf } from '../../../data/vector3.ts';
import { Button, Check, NumberField, Section, Slider } from '../controls/controls.tsx';
import { download } from '../download.ts';
import { notify } from '../store.ts';
import { useStudio } from '../studio.ts';
import { standAt } from '../view/viewState.ts';
import { decodeCameraPath, encodeCameraPath, framesOf } from './cameraPathFile.ts';
import { Keyframes } from './keyframes.tsx';
import { pathCrop } from './pathCrop.ts';
import { type Plan, usePlan } from './plan.ts';
import { RenderJobs } from './renderJobs.tsx';
import { splinePath } from './spline.ts';

export function CameraPathPanel() {
  const plan = usePlan();
  return (
    <>
      <Section title="Keyframes" aside={<FileButtons plan={plan} />}>
        <Keyframes plan={plan} />
      </Section>
      <Section title="Way">
        <WaySettings plan={plan} />
      </Section>
      {plan.value.keys.length > 0 && <Preview plan={plan} />}
      <RenderJobs plan={plan} />
    </>
  );
}

function FileButtons({ plan }: { readonly plan: Signal<Plan> }) {
  const { store, view } = useStudio();
  const chooser = useRef<HTMLInputElement>(null);
  const { keys, settings } = plan.value;
  const save = () => {
    const content = JSON.stringify(encodeCameraPath(keys, settings, pathCrop(store, view)), undefined, 2);
    download('camera_path.json', new Blob([content], { type: 'application/json' }));
  };
  const load = async (file: File | undefined) => {
    if (!file) return;
    try {
      const loaded = decodeCameraPath(await file.text());
      plan.value = { keys: loaded.keys, settings: { ...settings, ...loaded.settings } };
    } catch (error) {
      notify(store, `${file.name} cannot be read: ${(error as Error).message}`, true);
    }
  };
  return (
    <>
      <Button label="Open" icon="upload" look="small" onClick={() => chooser.current?.click()} />
      <input
        ref={chooser}
        type="file"
        accept=".json,application/json"
        aria-label="Camera path to open"
        class="visually-hidden"
        tabIndex={-1}
        onChange={({ currentTarget }) => {
          void load(currentTarget.files?.[0]);
          currentTarget.value = '';
        }}
      />
      <Button label="Save" icon="download" look="small" isDisabled={keys.length === 0} onClick={save} />
    </>
  );
}

function WaySettings({ plan }: { readonly plan: Signal<Plan> }) {
  const { settings } = plan.value;
  const set = (change: Partial<Plan['settings']>) => {
    plan.value = { ...plan.value, settings: { ...settings, ...change } };
  };
  return (
    <>
      <Slider
        label="Tension"
        {...{ min: 0, max: 1, step: 0.05 }}
        value={settings.tension}
        shown={settings.tension.toFixed(2)}
        onInput={(tension) => set({ tension })}
      />
      <div class="pairs">
        <NumberField
          label="Seconds"
          {...{ min: 0.1, max: 120, step: 0.5 }}
          value={settings.seconds}
          onChange={(seconds) => set({ seconds })}
        />
        <NumberField
          label="Frames a second"
          {...{ min: 1, max: 60, step: 1 }}
          value={settings.fps}
          onChange={(fps) => set({ fps })}
        />
        <NumberField
          label="Width"
          {...{ min: 16, max: 4096, step: 2 }}
          value={settings.width}
          onChange={(width) => set({ width })}
        />
        <NumberField
          label="Height"
          {...{ min: 16, max: 4096, step: 2 }}
          value={settings.height}
          onChange={(height) => set({ height })}
        />
        <Check label="Loop" isChecked={settings.isLoop} onChange={(isLoop) => set({ isLoop })} />
      </div>
    </>
  );
}

/** A slider along the way, and the flight as it will be. */
function Preview({ plan }: { readonly plan: Signal<Plan> }) {
  const { view } = useStudio();
  const frame = useSignal(0);
  const isPlaying = useSignal(false);
  const frames = useComputed(() => {
    const { keys, settings } = plan.value;
    return keys.length > 0 ? splinePath(keys, framesOf(settings), settings) : [];
  });
  const show = (index: number) => {
    const at = frames.value[index];
    if (!at) return;
    frame.value = index;
    standAt(view, { ...view.pose.value, cameraToWorld: at.cameraToWorld }, at.fieldOfView);
  };
  useEffect(() => {
    const path = frames.value;
    view.path.value = path.map(({ cameraToWorld }) => columnOf(cameraToWorld, 3));
  }, [frames.value, view]);
  useEffect(() => {
    if (!isPlaying.value) return undefined;
    const { fps, isLoop } = plan.value.settings;
    const began = performance.now() - (frame.value / fps) * 1000;
    let request = requestAnimationFrame(function tick(now) {
      const at = Math.floor(((now - began) / 1000) * fps);
      if (at >= frames.value.length && !isLoop) {
        show(frames.value.length - 1);
        isPlaying.value = false;
        return;
      }
      show(at % frames.value.length);
      request = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(request);
  }, [isPlaying.value]);
  const last = Math.max(0, frames.value.length - 1);
  return (
    <Section title="Preview">
      <div class="row">
        <Button
          label={isPlaying.value ? 'Hold' : 'Play'}
          icon={isPlaying.value ? 'pause' : 'play'}
          onClick={() => {
            if (!isPlaying.value && frame.value >= last) frame.value = 0;
            isPlaying.value = !isPlaying.value;
          }}
        />
        <Slider
          label="Frame"
          {...{ min: 0, max: last, step: 1 }}
          value={Math.min(frame.value, last)}
          shown={`${Math.min(frame.value, last) + 1} of ${last + 1}`}
          onInput={show}
        />
      </div>
    </Section>
  );
}
