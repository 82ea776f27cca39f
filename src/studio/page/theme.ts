/** Dark or light: the system's choice, or the visitor's, kept for the next visit. */
import { type Signal, signal } from '@preact/signals';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'nerfstream-studio-theme';

/** The visitor's choice, in force at once and whenever it changes. */
export function createTheme(): Signal<Theme> {
  const stored = localStorage.getItem(key);
  const theme = signal<Theme>(themes.find((name) => name === stored) ?? 'system');
  theme.subscribe((name) => {
    localStorage.setItem(key, name);
    if (name === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = name;
  });
  return theme;
}
