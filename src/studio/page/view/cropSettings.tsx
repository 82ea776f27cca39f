/** The crop box, by six numbers (and by the handles that cropHandles.tsx puts into the picture): what lies outside is left out of the picture, and of a path that is rendered. */
import type { CoordinateFrame } from '../../../data/similarity.ts';
import { Button, Check, Choice } from '../controls/controls.tsx';
import { useStudio } from '../studio.ts';
import { type Crop, firstCrop, placementOf, stepOf, withEdge } from './crop.ts';

const axes = ['x', 'y', 'z'] as const;

export function CropSettings() {
  const { store, view } = useStudio();
  const scene = store.hello.value?.scene;
  const outlook = view.outlook.value;
  const crop = view.crop.value ?? { ...firstCrop(scene, outlook, 'world'), isOn: false };
  const size = outlook.radius * placementOf(scene, crop.frame).scale;
  const step = stepOf(size);
  const set = (changed: Crop) => {
    view.crop.value = changed;
  };
  return (
    <section class="popover" aria-label="Crop box">
      <Check
        label="Show only what is in the box"
        isChecked={crop.isOn}
        onChange={(isOn) => set({ ...crop, isOn })}
      />
      {scene?.worldToModel && (
        <Choice<CoordinateFrame>
          label="Coordinates"
          value={crop.frame}
          options={[
            ['world', "the data set's own"],
            ['model', "the model's"],
          ]}
          onChange={(frame) => set({ ...firstCrop(scene, outlook, frame), isOn: crop.isOn })}
        />
      )}
      {axes.map((name, axis) => (
        <div class="edges" key={name}>
          <span aria-hidden="true">{name}</span>
          <Edge label={`Least ${name}`} crop={crop} edge={axis} step={step} onChange={set} />
          <span aria-hidden="true">to</span>
          <Edge label={`Greatest ${name}`} crop={crop} edge={axis + 3} step={step} onChange={set} />
        </div>
      ))}
      <Button
        label="Put it around what the cameras look at"
        onClick={() => set(firstCrop(scene, outlook, crop.frame))}
      />
      <p class="quiet">
        As for the command line: <code>{`--crop=${crop.box.join(',')}`}</code>
        {crop.frame === 'model' && <code> --frame model</code>}
      </p>
    </section>
  );
}

/** Typed numbers count when they are complete, those of the arrow keys at once. */
function Edge({
  label,
  crop,
  edge,
  step,
  onChange,
}: {
  readonly label: string;
  readonly crop: Crop;
  readonly edge: number;
  readonly step: number;
  readonly onChange: (changed: Crop) => void;
}) {
  return (
    <input
      type="number"
      aria-label={label}
      step={step}
      value={crop.box[edge]}
      onChange={({ currentTarget }) => {
        const value = currentTarget.valueAsNumber;
        const changed = Number.isFinite(value) ? withEdge(crop, edge, value, step / 10) : crop;
        currentTarget.value = String(changed.box[edge]);
        if (changed !== crop) onChange({ ...changed, isOn: true });
      }}
    />
  );
}
