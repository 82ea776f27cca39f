/** Pictures of evaluations over time, beside their photos: a slider through the steps, views by quality. */
import { useSignal } from '@preact/signals';
import { api } from '../../protocol.ts';
import { Choice, Slider } from '../controls/controls.tsx';
import { shownNumber } from '../formats.ts';
import { useStudio } from '../studio.ts';
import { useAnswer } from '../useAnswer.ts';
import { type EvaluationPicture, type StoredPicture, viewsOf } from './viewsOf.ts';

type Order = 'number' | 'best' | 'worst';

export function PicturesPanel() {
  const { store, run } = useStudio();
  const order = useSignal<Order>('number');
  const name = run.value;
  const fresh = store.pictures.value;
  const stored = useAnswer<readonly StoredPicture[]>(name && api.pictures(name), { fallback: [] });
  if (name === undefined || !stored.value) return null;
  const latestStepOf = (index: number) => {
    const evaluated = store.scalars.get(`eval/images/${index}/psnr`);
    return evaluated?.steps[evaluated.length - 1] ?? store.status.value?.step ?? 0;
  };
  const views = viewsOf(name, stored.value, fresh, latestStepOf).map((view) => ({
    ...view,
    psnr: psnrOf(view.index),
  }));
  function psnrOf(index: number): number | undefined {
    return store.scalars.valueAt(`eval/images/${index}/psnr`, Number.MAX_SAFE_INTEGER);
  }
  if (order.value !== 'number') {
    const sign = order.value === 'best' ? -1 : 1;
    views.sort((a, b) => sign * ((a.psnr ?? 0) - (b.psnr ?? 0)));
  }
  if (views.length === 0)
    return (
      <p class="quiet">No pictures yet. “Evaluate” in the panel Training makes one of each held-out view.</p>
    );
  return (
    <>
      <Choice
        label="Order"
        value={order.value}
        options={[
          ['number', 'by number'],
          ['best', 'best first'],
          ['worst', 'worst first'],
        ]}
        onChange={(value) => {
          order.value = value;
        }}
      />
      {views.map(({ index, pictures }) => (
        <View key={index} run={name} index={index} pictures={pictures} />
      ))}
    </>
  );
}

interface ViewProps {
  readonly run: string;
  readonly index: number;
  readonly pictures: readonly EvaluationPicture[];
}

function View({ run, index, pictures }: ViewProps) {
  const { scalars, hello } = useStudio().store;
  /** Undefined: the newest, also when a newer one comes. */
  const chosen = useSignal<number | undefined>(undefined);
  const showsPhoto = useSignal(false);
  const at = Math.min(chosen.value ?? pictures.length - 1, pictures.length - 1);
  const { step, url } = pictures[at]!;
  const psnr = scalars.valueAt(`eval/images/${index}/psnr`, step);
  const seen = hello.value?.scene?.eval[index];
  const name = seen?.name ?? `View ${index}`;
  return (
    <figure class="evaluation">
      <figcaption class="row">
        <span class="grow">{name}</span>
        <span class="number quiet">
          step {shownNumber(step)}
          {psnr !== undefined && ` · ${psnr.toFixed(2)} dB`}
        </span>
      </figcaption>
      <button
        type="button"
        aria-pressed={showsPhoto.value}
        title="Hold against the photo"
        onClick={() => {
          showsPhoto.value = !showsPhoto.value;
        }}
      >
        <img
          src={url}
          alt={`${name} as rendered at step ${step}`}
          width={seen?.camera.width}
          height={seen?.camera.height}
        />
        {showsPhoto.value && (
          <img class="over" src={api.photo(run, 'eval', index, 1024)} alt={`${name} as it was taken`} />
        )}
        <span class="badge">{showsPhoto.value ? 'photo' : 'render'}</span>
      </button>
      {pictures.length > 1 && (
        <Slider
          label="Evaluation"
          {...{ min: 0, max: pictures.length - 1, step: 1 }}
          value={at}
          shown={`${at + 1} of ${pictures.length}`}
          onInput={(value) => {
            chosen.value = value === pictures.length - 1 ? undefined : value;
          }}
        />
      )}
    </figure>
  );
}
