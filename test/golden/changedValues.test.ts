/** The golden tests look at every case: one changed number in each makes each fail; other right values pass. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { otherComponents, otherOptimizers, otherSchedulers } from '../support/otherValues.ts';
import { type ReferenceTensor, readReference } from '../support/referenceDir.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const root = join(import.meta.dirname, '../..');
const files = ['optimizers', 'schedulers', 'components'];

/** Test files by golden file, where they are called otherwise. */
const testOf: Readonly<Record<string, string>> = { 'image-metrics': 'imageMetrics' };

interface TestResult {
  readonly fullName: string;
  readonly status: 'passed' | 'failed';
}

/** Runs the golden tests of these files in a process of their own, on the golden values given. */
async function runGolden(values: Readonly<Record<string, unknown>>): Promise<TestResult[]> {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(values))
    await writeFile(join(folder, `${name}.json`), JSON.stringify(content));
  const report = join(folder, 'report.json');
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  await new Promise<void>((resolve) => {
    execFile(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        ...Object.keys(values).map((name) => `test/golden/${testOf[name] ?? name}.test.ts`),
        '--reporter=json',
        `--outputFile=${report}`,
      ],
      { cwd: root, env: { ...Object.fromEntries(environment), NERFSTREAM_REFERENCE_DIR: folder } },
      () => resolve(),
    );
  });
  const { testResults } = JSON.parse(await readFile(report, 'utf8')) as {
    testResults: { assertionResults: TestResult[] }[];
  };
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}

describe('golden tests', () => {
  it('fail for every case in which one number is changed', async () => {
    const optimizers = readReference<{ cases: { after: { params: number[] }[] }[] }>('optimizers.json');
    for (const { after } of optimizers.cases) change(after.at(-1)?.params as number[], 2e-3);
    const schedulers = readReference<{ cases: { lr: number[] }[] }>('schedulers.json');
    for (const { lr } of schedulers.cases) change(lr, 2e-6);
    const components = readReference<Record<string, Record<string, ReferenceTensor>>>('components.json');
    const outputs: Readonly<Record<string, string>> = {
      sphericalHarmonics: 'levels',
      frequencyEncoding: 'out',
      contraction: 'L2',
      truncExp: 'grad',
      hashEncodingNerfstudio: 'gradTable',
      volumeRendering: 'gradDensity',
      uniformLinDispPiecewise: 'ends',
      pdfSampler: 'spacingEnds',
      proposalLosses: 'gradW1',
    };
    for (const [name, entry] of Object.entries(components)) {
      if (name === 'source') continue;
      const output = entry[outputs[name] as string] as ReferenceTensor & Record<string, ReferenceTensor>;
      change((output.data ?? Object.values(output).at(-1)?.data) as number[], 1e-3);
    }

    const results = await runGolden({ optimizers, schedulers, components });
    const passed = results.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName);
    expect(passed.sort()).toEqual(files.map((file) => `${file}.json was checked whole`).sort());
    const failed = results.length - passed.length;
    const cases = 2 * optimizers.cases.length + schedulers.cases.length + Object.keys(components).length - 1;
    expect(failed).toBe(cases);
  }, 120_000);

  it('of cameras and images fail for every part in which one number is changed', async () => {
    type Tensors = Record<string, ReferenceTensor>;
    const cameras = readReference<{
      rays: Tensors[];
      autoOrientAndCenter: { cases: Tensors[] };
      lie: Tensors;
    }>('cameras.json');
    const changedTensors = [
      cameras.rays.at(-1)?.['directions'],
      cameras.autoOrientAndCenter.cases.at(-1)?.['poses'],
      cameras.lie['exp_map_SE3'],
    ];
    for (const tensor of changedTensors) change(tensor?.data as number[], 1e-3);
    const images = readReference<{ cases: { ssim: number }[] }>('image-metrics.json');
    const last = images.cases.at(-1) as { ssim: number };
    last.ssim += 2e-4;
    const results = await runGolden({ cameras, 'image-metrics': images });
    const failed = results.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
    expect(failed.sort()).toEqual([
      'golden values of cameras.json exponential maps',
      'golden values of cameras.json pose orientation and centring',
      'golden values of cameras.json rays',
      'golden values of image-metrics.json',
    ]);
  }, 120_000);

  it('pass on other values of the same form', async () => {
    const results = await runGolden({
      optimizers: otherOptimizers(),
      schedulers: otherSchedulers(),
      components: otherComponents(),
    });
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect(results).toHaveLength(2 * 3 + 6 + 3 + files.length);
  }, 120_000);

  it('fail on a name that they do not know', async () => {
    const optimizers = {
      ...(otherOptimizers() as object),
      cases: [{ name: 'Adam2', config: {}, maxNorm: null, after: [] }],
    };
    const schedulers = {
      cases: [{ family: 'torch', name: 'StepLR', config: { step: 3 }, lrInit: 1, steps: [0], lr: [1] }],
    };
    const components = { source: '', newThing: {} };
    const results = await runGolden({ optimizers, schedulers, components });
    expect(results.filter(({ status }) => status === 'failed')).toHaveLength(4);
  }, 120_000);
});

/** Moves the number in the middle by `amount`, relative to its size or to 1 if that is larger than it. */
function change(numbers: number[], amount: number): void {
  const at = Math.floor(numbers.length / 2);
  const value = numbers[at] as number;
  numbers[at] = value + amount * (amount > 1e-5 ? Math.max(1, Math.abs(value)) : value || 1);
}
