/** What the visitor is told, at the corner of the screen, and aloud. */
import { useEffect } from 'preact/hooks';
import { Button } from './controls/controls.tsx';
import { dismiss, type Notice } from './store.ts';
import { useStudio } from './studio.ts';

/** Good news goes by itself. */
const shownMs = 5000;

export function Notices() {
  const { store } = useStudio();
  return (
    <div class="toasts" role="status" aria-live="polite" aria-label="Messages">
      {store.notices.value.map((notice) => (
        <NoticeBox key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeBox({ notice: { id, text, isBad } }: { readonly notice: Notice }) {
  const { store } = useStudio();
  useEffect(() => {
    if (isBad) return undefined;
    const timer = setTimeout(() => dismiss(store, id), shownMs);
    return () => clearTimeout(timer);
  }, [store, id, isBad]);
  return (
    <div class={`notice ${isBad ? 'bad' : ''}`}>
      <span>{text}</span>
      <Button label="Put away" icon="close" iconOnly look="small" onClick={() => dismiss(store, id)} />
    </div>
  );
}
