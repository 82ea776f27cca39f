import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { editorSchema } from '../../src/config/configJsonSchema.ts';
import { configurationPage } from '../../src/config/configurationPage.ts';
import { listConfigKeys } from '../../src/config/listConfigKeys.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

describe('what is generated from the schema (npm run generate) is up to date', () => {
  it('configs/schema.json', () => expect(read('configs/schema.json')).toBe(editorSchema()));
  it('docs/configuration.md', () => expect(read('docs/configuration.md')).toBe(configurationPage()));
});

describe('listConfigKeys', () => {
  it('knows every key that scripts rely on, with its default', () => {
    const keys = new Map(listConfigKeys().map(({ key, default: value }) => [key, value]));
    expect(Object.fromEntries(contract.map((key) => [key, keys.has(key)]))).toEqual(
      Object.fromEntries(contract.map((key) => [key, true])),
    );
    expect(keys.get('trainer.startPaused')).toBe(false);
    expect(keys.get('groups.<name>.accumulateSteps')).toBe(1);
  });

  it('has a sentence for every key', () => {
    const speakForThemselves = /\.(kind|hiddenLayers)$/;
    const silent = listConfigKeys().filter(
      ({ description, key }) => description === '' && !speakForThemselves.test(key),
    );
    expect(silent.map(({ key }) => key)).toEqual([]);
  });
});

const contract = [
  'trainer.maxSteps',
  'trainer.maxSeconds',
  'trainer.seed',
  'trainer.startPaused',
  'threads',
  'engine',
  'checkpoint.everySteps',
  'checkpoint.keep',
  'evaluate.batchEverySteps',
  'evaluate.imageEverySteps',
  'evaluate.allImagesEverySteps',
];
