/** Builds the page of the studio: what the studio's server sends to browsers, from its own folder alone. */
import path from 'node:path';
import { defineConfig } from 'vite';

const folder = path.join(import.meta.dirname, 'src/studio/page');

export default defineConfig({
  root: folder,
  // The page lies wherever the server puts it.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: path.join(import.meta.dirname, 'dist/studio'),
    emptyOutDir: true,
    target: 'es2022',
    // Data URLs and inline scripts are not allowed by the page's content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    reportCompressedSize: false,
  },
});
