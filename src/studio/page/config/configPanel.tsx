/** The run's complete configuration, to search, with what each key means. */
import { useSignal } from '@preact/signals';
import type { ConfigKey } from '../../../config/listConfigKeys.ts';
import { api } from '../../protocol.ts';
import { Check, SearchField } from '../controls/controls.tsx';
import { useStudio } from '../studio.ts';
import { useAnswer } from '../useAnswer.ts';
import { configRows } from './configRows.ts';

export function ConfigPanel() {
  const { store } = useStudio();
  const keys = useAnswer<readonly ConfigKey[]>(api.configKeys, { fallback: [] });
  const sought = useSignal('');
  const changedOnly = useSignal(false);
  if (!keys.value) return null;
  const words = sought.value.toLowerCase();
  const rows = configRows(store.hello.value?.config, keys.value).filter(
    ({ key, value, description, isChanged }) =>
      (isChanged || !changedOnly.value) && `${key} ${value} ${description}`.toLowerCase().includes(words),
  );
  return (
    <>
      <div class="row">
        <SearchField label="Search the configuration" hint="Key, value or words" sought={sought} />
        <Check
          label="Not as the default"
          isChecked={changedOnly.value}
          onChange={(value) => {
            changedOnly.value = value;
          }}
        />
      </div>
      {rows.length === 0 && <p class="quiet">Nothing has these words.</p>}
      <dl class="config">
        {rows.map(({ key, value, description, default: usual, isChanged }) => (
          <div key={key}>
            <dt class="mono">
              {key}: <b class={isChanged ? 'changed' : ''}>{value}</b>
            </dt>
            <dd class="quiet">
              {description}
              {isChanged && usual !== undefined && ` Default: ${usual}.`}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
