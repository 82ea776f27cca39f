/** Tabs: one panel is open at a time; arrow keys go from tab to tab. */
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useRef } from 'preact/hooks';

export interface Tab {
  readonly name: string;
  readonly content: ComponentType;
}

export function Tabs({ tabs }: { readonly tabs: readonly Tab[] }) {
  const open = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const go = (index: number) => {
    open.value = (index + tabs.length) % tabs.length;
    const button = list.current?.children[open.value] as HTMLElement | undefined;
    button?.focus();
    button?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowRight: open.value + 1, ArrowLeft: open.value - 1, Home: 0, End: tabs.length - 1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };
  const { name, content: Content } = tabs[open.value]!;
  return (
    <>
      <div class="tabs" role="tablist" aria-label="Panels" ref={list} onKeyDown={onKeyDown}>
        {tabs.map((tab, index) => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`tab-${tab.name}`}
            aria-selected={index === open.value}
            aria-controls="panel"
            tabIndex={index === open.value ? 0 : -1}
            onClick={() => go(index)}
          >
            <span data-name={tab.name}>{tab.name}</span>
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls has to be reached by keyboard */}
      <div class="panel" role="tabpanel" id="panel" aria-labelledby={`tab-${name}`} tabIndex={0} key={name}>
        <Content />
      </div>
    </>
  );
}
