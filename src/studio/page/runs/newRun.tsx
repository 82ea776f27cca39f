/** Begins a run: method, photos, and what else is to be other than the method says. What is wrong is said at its field. */
import { useSignal } from '@preact/signals';
import type { ConfigKey } from '../../../config/listConfigKeys.ts';
import { api, isSettableKey, type NewRunChoices, type NewRunError } from '../../protocol.ts';
import { Button, SearchField } from '../controls/controls.tsx';
import { RefusedError, requestJson } from '../requestJson.ts';
import { notify } from '../store.ts';
import { useStudio } from '../studio.ts';
import { useAnswer } from '../useAnswer.ts';
import { TextField } from './textField.tsx';

/** What people set most; the other keys are found by searching. */
const usual = ['trainer.maxSteps', 'trainer.maxSeconds', 'data.downscale', 'threads'];
/** Keys that a search shows. */
const mostFound = 8;

interface Draft {
  readonly method: string;
  readonly data: string;
  readonly name: string;
  /** Keys in the order in which they are shown; empty text: as the method has it. */
  readonly settings: readonly { readonly key: string; readonly value: string }[];
}

const empty: Draft = {
  ...{ method: 'splat', data: '', name: '' },
  settings: usual.map((key) => ({ key, value: '' })),
};

/** @param choices what there is to choose from @param onStart told the name of the run that has begun */
export function NewRun({
  choices,
  onStart,
}: {
  readonly choices: NewRunChoices;
  readonly onStart: (name: string) => void;
}) {
  const { store } = useStudio();
  const draft = useSignal<Draft>(empty);
  const errors = useSignal<readonly NewRunError[]>([]);
  const isStarting = useSignal(false);
  const keys = useConfigKeys();
  const set = (change: Partial<Draft>) => {
    draft.value = { ...draft.value, ...change };
  };
  const errorAt = (key: string) => errors.value.find((error) => error.key === key)?.message;
  const { method, data, name, settings } = draft.value;
  const submit = async (event: Event) => {
    event.preventDefault();
    isStarting.value = true;
    errors.value = [];
    try {
      const given = settings.filter(({ value }) => value.trim() !== '');
      const body = {
        ...draft.value,
        settings: given.map(({ key, value }) => ({ key, value: value.trim() })),
      };
      const begun = await requestJson<{ readonly name: string }>(api.runs, { method: 'POST', body });
      notify(store, `${begun.name} has begun.`);
      onStart(begun.name);
    } catch (error) {
      errors.value = errorsOf(error as Error);
    } finally {
      isStarting.value = false;
    }
  };
  const shown = new Set(['method', 'data', 'name', ...settings.map(({ key }) => key)]);
  if (!keys) return null;
  return (
    <form class="new-run" aria-label="New run" onSubmit={(event) => void submit(event)}>
      <label class="field stacked">
        <span>Method</span>
        <select value={method} onChange={({ currentTarget }) => set({ method: currentTarget.value })}>
          {choices.methods.map((one) => (
            <option key={one.name} value={one.name}>
              {one.name}
            </option>
          ))}
        </select>
        <span class="quiet">{choices.methods.find((one) => one.name === method)?.says}</span>
      </label>
      <TextField
        label="Photos"
        value={data}
        hint={`A folder in ${choices.folder}`}
        options={choices.data}
        error={errorAt('data') ?? errorAt('data.path')}
        isRequired
        onInput={(value) => set({ data: value })}
      />
      <TextField
        label="Name"
        value={name}
        hint="Of the run's folder; empty: the method and the time"
        error={errorAt('name')}
        onInput={(value) => set({ name: value })}
      />
      {settings.map(({ key, value }) => {
        const known = keys.find((one) => one.key === key);
        return (
          <TextField
            key={key}
            label={key}
            value={value}
            placeholder={known?.default === undefined ? '' : String(known.default)}
            hint={known?.description ?? ''}
            error={errorAt(key)}
            onInput={(text) =>
              set({ settings: settings.map((one) => (one.key === key ? { key, value: text } : one)) })
            }
          />
        );
      })}
      <MoreKeys
        keys={keys.filter(({ key }) => !shown.has(key))}
        onChoose={(key) => set({ settings: [...settings, { key, value: '' }] })}
      />
      {errors.value
        .filter(({ key }) => !shown.has(key) && key !== 'data.path')
        .map(({ key, message }) => (
          <p key={key} class="notice bad" role="alert">
            {message}
          </p>
        ))}
      <button type="submit" class="button primary" disabled={isStarting.value}>
        {isStarting.value ? 'Beginning…' : 'Begin the run'}
      </button>
    </form>
  );
}

/** Keys of the configuration by words of their sentences. */
function MoreKeys({
  keys,
  onChoose,
}: {
  readonly keys: readonly ConfigKey[];
  readonly onChoose: (key: string) => void;
}) {
  const sought = useSignal('');
  const words = sought.value.trim().toLowerCase();
  const found =
    words === ''
      ? []
      : keys.filter(({ key, description }) => `${key} ${description}`.toLowerCase().includes(words));
  return (
    <>
      <SearchField label="Search other settings" hint="Other settings: key or words" sought={sought} />
      <ul class="found">
        {found.slice(0, mostFound).map(({ key, kind, description }) => (
          <li key={`${key} ${kind ?? ''}`}>
            <Button label={key} icon="add" look="small" onClick={() => onChoose(key)} />
            <span class="quiet">
              {kind !== undefined && `${kind}: `}
              {description}
            </span>
          </li>
        ))}
      </ul>
      {found.length > mostFound && <p class="quiet">and {found.length - mostFound} more</p>}
    </>
  );
}

/** Those that may be set from here and hold one value. */
function useConfigKeys(): readonly ConfigKey[] | undefined {
  const keys = useAnswer<readonly ConfigKey[]>(api.configKeys, { fallback: [] });
  return keys.value?.filter(
    ({ key, expects }) => isSettableKey(key) && !key.includes('<') && !/^(a section|a list)\b/.test(expects),
  );
}

/** What the server found wrong, at its fields. */
function errorsOf(error: Error): readonly NewRunError[] {
  const { errors } = error instanceof RefusedError ? (error.answer as { readonly errors?: unknown }) : {};
  return Array.isArray(errors) ? (errors as NewRunError[]) : [{ key: '', message: error.message }];
}
