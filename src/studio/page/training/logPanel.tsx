/** What the run wrote to its log while the page was open. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { LogLine } from '../../protocol.ts';
import { SearchField } from '../controls/controls.tsx';
import { useStudio } from '../studio.ts';

export function LogPanel() {
  const { log } = useStudio().store;
  const sought = useSignal('');
  const end = useRef<HTMLDivElement>(null);
  const lines = log.value.filter(({ message }) => message.toLowerCase().includes(sought.value.toLowerCase()));
  useEffect(() => end.current?.scrollIntoView({ block: 'end' }), [lines.length]);
  return (
    <>
      <SearchField label="Search the log" sought={sought} />
      <LogLines lines={lines} />
      <div ref={end} />
    </>
  );
}

export function LogLines({ lines }: { readonly lines: readonly LogLine[] }) {
  if (lines.length === 0) return <p class="quiet">Nothing yet.</p>;
  return (
    <ol class="log">
      {lines.map(({ time, level, message }, index) => (
        <li key={`${time} ${index}`} data-level={level}>
          <time>{new Date(time).toLocaleTimeString('en-GB')}</time> {message}
        </li>
      ))}
    </ol>
  );
}
