/** What a run of the list looks like. One that has to be drawn is asked for when it is in sight, and after those that were asked for before it. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { api, type RunMode, type RunThumbnail } from '../../protocol.ts';
import type { Turns } from './turns.ts';

interface ThumbnailProps {
  readonly name: string;
  readonly mode: RunMode;
  readonly thumbnail: RunThumbnail | undefined;
  readonly inTurn: Turns;
}

export function Thumbnail({ name, mode, thumbnail, inTurn }: ThumbnailProps) {
  if (!thumbnail) return <span class="thumbnail" />;
  const url = api.thumbnail(name, thumbnail.version);
  // These come at once.
  if (thumbnail.file !== undefined || mode === 'live')
    return <img class="thumbnail" src={url} alt="" loading="lazy" />;
  return <DrawnThumbnail url={url} inTurn={inTurn} />;
}

/** A browser has few connections to a server: pictures that take seconds each must not fill them. Until another one has come, the old one stands. */
function DrawnThumbnail({ url, inTurn }: { readonly url: string; readonly inTurn: Turns }) {
  const host = useRef<HTMLSpanElement>(null);
  const picture = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let asked: AbortController | undefined;
    const ask = async (signal: AbortSignal): Promise<void> => {
      const answer = await fetch(url, { signal });
      if (answer.status !== 200) return;
      const content = await answer.blob();
      if (signal.aborted) return;
      if (picture.value !== undefined) URL.revokeObjectURL(picture.value);
      picture.value = URL.createObjectURL(content);
      watcher.disconnect();
    };
    const watcher = new IntersectionObserver((entries) => {
      const isInSight = entries.at(-1)!.isIntersecting;
      if (isInSight && !asked) {
        asked = new AbortController();
        inTurn(ask, asked.signal);
      } else if (!isInSight) {
        asked?.abort();
        asked = undefined;
      }
    });
    watcher.observe(host.current!);
    return () => {
      watcher.disconnect();
      asked?.abort();
    };
  }, [url, inTurn, picture]);
  useEffect(
    () => () => {
      if (picture.value !== undefined) URL.revokeObjectURL(picture.value);
    },
    [picture],
  );
  return (
    <span ref={host} class="thumbnail">
      {picture.value !== undefined && <img src={picture.value} alt="" />}
    </span>
  );
}
