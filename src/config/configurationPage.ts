/** The reference page of all configuration keys (docs/configuration.md), made from the schema. */
import { listConfigKeys } from './listConfigKeys.ts';

/** The page as Markdown. */
export function configurationPage(): string {
  const rows = listConfigKeys().map(({ key, kind, expects, default: value, description }) => {
    const shownKey = kind === undefined ? `\`${key}\`` : `\`${key}\` (${kind})`;
    const shownDefault = value === undefined || isEmptySection(value) ? '' : `\`${JSON.stringify(value)}\``;
    return `| ${[shownKey, expects, shownDefault, description].map(cell).join(' | ')} |`;
  });
  return `${heading}\n${rows.join('\n')}\n`;
}

const heading = `# Configuration

Generated from the schema by \`npm run generate\`; edit \`src/config/schema.ts\` and its parts instead.

A run is configured by a YAML file (\`configs/\` holds those that come with nerfstream). \`extends: NAME-or-FILE\` builds on
another one; on the command line \`key=value\` sets a single key, for example \`trainer.maxSteps=2000\`. Sections are
merged, lists are replaced, a section whose \`kind\` changes starts from that kind's defaults, and \`null\` takes back what
the extended file says. Relative paths are seen from the file they stand in, or from the working directory.

On \`resume\`, \`model\`, \`data\`, \`groups\` and \`trainer.seed\` must stay as they are; everything else may change.

| key | expects | default | meaning |
| --- | --- | --- | --- |`;

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function isEmptySection(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
