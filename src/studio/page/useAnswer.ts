/** What a panel shows comes by HTTP: nothing of it is drawn before, so that nothing jumps when it is there. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { requestJson } from './requestJson.ts';
import { notify } from './store.ts';
import { useStudio } from './studio.ts';

/**
 * Asks when the address changes.
 * @param url undefined: nothing is asked
 * @param isSilent a refusal is not told to the visitor: what is asked for is not there for everybody
 * @returns undefined until there is an answer, and after a refusal `fallback`
 */
export function useAnswer<Answer>(
  url: string | undefined,
  { fallback, isSilent = false }: { readonly fallback?: Answer; readonly isSilent?: boolean } = {},
): Signal<Answer | undefined> {
  const { store } = useStudio();
  const answer = useSignal<Answer | undefined>(undefined);
  useEffect(() => {
    if (url === undefined) return;
    let isCurrent = true;
    answer.value = undefined;
    requestJson<Answer>(url).then(
      (found) => {
        if (isCurrent) answer.value = found;
      },
      (error: Error) => {
        if (isCurrent) answer.value = fallback;
        if (!isSilent) notify(store, error.message, true);
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [url, answer, store, isSilent]);
  return answer;
}
