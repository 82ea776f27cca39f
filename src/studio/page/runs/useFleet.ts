/** The fleet of the studio: read now and then while the page is seen, and told what its runs are to do. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { type FleetList, type FleetRunCommand, fleetApi } from '../../fleetProtocol.ts';
import { requestJson } from '../requestJson.ts';
import { notify } from '../store.ts';
import { useStudio } from '../studio.ts';

/** As often as workers tell of themselves. */
const everyMs = 2_000;

export type PerformInFleet = (command: FleetRunCommand) => Promise<void>;

/** @returns `list`: undefined until it is known, null where there is no fleet */
export function useFleet(): {
  readonly list: FleetList | null | undefined;
  readonly perform: PerformInFleet;
} {
  const { store } = useStudio();
  const list = useSignal<FleetList | null | undefined>(undefined);
  const read = useCallback(
    () =>
      requestJson<FleetList | undefined>(fleetApi.list).then(
        (found) => {
          list.value = found ?? null;
        },
        // A lost connection is told of elsewhere, and the list is as it was.
        () => {
          list.value ??= null;
        },
      ),
    [list],
  );
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isGone = false;
    const next = async (): Promise<void> => {
      if (!document.hidden) await read();
      // Without a fleet there is nothing to wait for.
      if (!isGone && list.value !== null) timer = setTimeout(() => void next(), everyMs);
    };
    void next();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [read, list]);
  const perform = useCallback<PerformInFleet>(
    async (command) => {
      try {
        const { said } = await requestJson<{ readonly said: string }>(fleetApi.commands, {
          method: 'POST',
          body: command,
        });
        notify(store, said);
      } catch (error) {
        notify(store, (error as Error).message, true);
      }
      await read();
    },
    [read, store],
  );
  return { list: list.value, perform };
}
