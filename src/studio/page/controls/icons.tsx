/** Signs on buttons: drawn for a square of 16. They say nothing to screen readers; buttons have words for those. */

const paths = {
  pause: 'M4.5 3v10M11.5 3v10',
  play: 'M4.5 2.8v10.4L13 8Z',
  step: 'M3.5 3v10L10 8ZM12.5 3v10',
  stop: 'M3.5 3.5h9v9h-9Z',
  save: 'M3 2.5h8l2.5 2.5v8.5h-10.5ZM5 2.5v4h5v-4M5 13.5v-4h6v4',
  evaluate: 'M2 13.5h12M4 11V7M8 11V3M12 11V5.5',
  home: 'M2.5 7.5 8 2.5l5.5 5M4 6.5v7h8v-7',
  cameras: 'M2 5h8v7h-8ZM10 7.5l4-2v6l-4-2',
  settings: 'M2.5 4.5h6M12 4.5h1.5M10 3v3M2.5 11.5h1.5M7.5 11.5h6M5.5 10v3',
  split: 'M2.5 3h11v10h-11ZM8 3v10',
  compare: 'M2.5 3h11v10h-11ZM8 1.5v13M5.5 6.5 4 8l1.5 1.5M10.5 6.5 12 8l-1.5 1.5',
  crop: 'M4.5 1.5v10h10M1.5 4.5h10v10',
  help: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.8M8 12.5v.5',
  theme: 'M8 2.5a5.5 5.5 0 1 0 0 11ZM8 2.5a5.5 5.5 0 0 1 0 11',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  add: 'M8 2.5v11M2.5 8h11',
  download: 'M8 2.5v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11',
  upload: 'M8 10.5v-8M4.5 6 8 2.5 11.5 6M2.5 13.5h11',
  up: 'M3.5 10 8 5.5l4.5 4.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  level: 'M1.5 8h4M10.5 8h4M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 1 0 0-5',
} as const;
export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6">
      <path d={paths[name]} stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
