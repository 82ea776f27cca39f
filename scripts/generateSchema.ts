/** Writes what is derived from the configuration schema: configs/schema.json (for editors) and docs/configuration.md. */
import { mkdir, writeFile } from 'node:fs/promises';
import { editorSchema } from '../src/config/configJsonSchema.ts';
import { configurationPage } from '../src/config/configurationPage.ts';

await mkdir(new URL('../docs/', import.meta.url), { recursive: true });
await writeFile(new URL('../configs/schema.json', import.meta.url), editorSchema());
await writeFile(new URL('../docs/configuration.md', import.meta.url), configurationPage());
