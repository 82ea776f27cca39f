// Puts libraries into the built files that re-export them, as far as these need them: an installed package is smaller by 20 MB.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

// What is installed anyway, and drivers of BullMQ for servers that a fleet does not use.
const external = ['pino', 'msgpackr', 'pg', 'redis', '@valkey/valkey-glide', 'bun'];
/** Files of one group share what they need alike: it lies in a file of its own beside them. */
const groups = [
  ['src/studio/webLibraries'],
  ['streams/sinks/protobufWire'],
  ['src/fleet/queue/redisLibrary', 'src/fleet/queue/queueLibraries'],
];

for (const files of groups) {
  await build({
    entryPoints: files.map((file) => `${file}.ts`),
    outdir: `dist/${path.dirname(files[0])}`,
    splitting: files.length > 1,
    // Without a hash: the next build replaces it.
    chunkNames: 'sharedLibraries',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    minify: true,
    external,
    legalComments: 'linked',
    logLevel: 'warning',
    // Modules of the old kind ask for Node's own with `require`.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
  for (const file of files) await writeFile(`dist/${file}.licences.txt`, await licencesOf(file));
}

/** The licences of all packages of which something was bundled. */
async function licencesOf(file) {
  const { metafile } = await build({
    entryPoints: [`${file}.ts`],
    bundle: true,
    platform: 'node',
    external,
    metafile: true,
    write: false,
  });
  const folders = new Set(
    Object.keys(metafile.inputs).flatMap(
      (input) => /^(?:.*node_modules\/)(?:@[^/]+\/)?[^/]+/.exec(input) ?? [],
    ),
  );
  const texts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
      const candidates = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license'];
      const found = await Promise.all(
        candidates.map((name) => readFile(`${folder}/${name}`, 'utf8').catch(() => undefined)),
      );
      return `${name} ${version} (${license})\n\n${found.find(Boolean) ?? ''}`;
    }),
  );
  return texts.join('\n----\n\n');
}
