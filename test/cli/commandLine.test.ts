/** The command line without a training: help, versions, and what is wrong before anything starts. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presets } from '../../src/config/presets.ts';
import { type CliResult, runCli } from './runCli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function expectOneLine({ code, stdout, stderr }: CliResult, text: RegExp): void {
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect(stderr).toMatch(text);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
}

describe('help', () => {
  it.each(['process', 'train', 'resume', 'demo', 'eval', 'inspect', 'ctl', 'doctor'])(
    '%s --help',
    async (command) => {
      const { code, stdout, stderr } = await runCli([command, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: nerfstream ${command} `));
      expect(stdout).toMatch(/Examples?:\n {2}\$ nerfstream/);
    },
  );

  it('--version prints the version of the package', async () => {
    const { code, stdout } = await runCli(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('without a command it prints the help and fails', async () => {
    const { code, stderr } = await runCli([]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: nerfstream/);
  });

  it('train --keys lists the settings', async () => {
    const { code, stdout } = await runCli(['train', '--keys']);
    expect(code).toBe(0);
    expect(stdout).toContain('trainer.maxSteps = 30000: a whole number > 0. Train until this step.\n');
  });
});

describe('what cannot be used: exit code 2, one line', () => {
  it.each([
    [['trian'], /unknown command 'trian' \(Did you mean train\?\)/],
    [['train', '--dat', 'x'], /unknown option '--dat' \(Did you mean --data\?\)/],
    [['train'], /no data: say where the photos are with --data DIR/],
    [['train', 'instant-npg', '--data', 'x'], /unknown method "instant-npg", did you mean instant-ngp\?/],
    [['train', 'instant-ngp', 'fox', '--data', 'x'], /unexpected argument "fox"/],
    [['demo', 'vanila-nerf'], /unknown method "vanila-nerf", did you mean vanilla-nerf\?/],
    [
      ['train', '--data', 'x', 'trainer.maxStep=5'],
      /trainer\.maxStep: unknown key, did you mean trainer\.maxSteps\?/,
    ],
    [['train', '--data', 'x', 'trainer.maxSteps=many'], /"many" does not fit: expected a whole number > 0/],
    [['train', '--data', 'x', '--name', '../x'], /--name "\.\.\/x": expected the name of one folder/],
    [['train', 'missing.yaml', '--data', 'x'], /missing\.yaml: cannot be read: there is no such file/],
    [['resume', 'nowhere'], /nowhere: there is no such run folder/],
    [['resume', '.'], /is not a run folder: it has no config\.yaml/],
    [['eval', 'nowhere'], /nowhere: there is no such run folder/],
    [['inspect', 'nothing.ckpt'], /nothing\.ckpt cannot be read: it does not exist/],
    [['ctl', 'nowhere', 'status'], /nowhere: there is no such run folder/],
    [['ctl', '.', 'status'], /no run is running in \./],
    [['ctl', '.', 'dance'], /unknown command "dance"; commands: status, pause/],
    [['ctl', '.', 'pause', 'now'], /too many arguments for 'pause'/],
    [['ctl', '.', 'evaluate', 'some'], /evaluate: scope must be batch, image or all/],
    [['ctl', '.', 'set', 'learningRate.encoding=-1'], /set expects learningRate\.GROUP=FACTOR/],
    [['ctl', '.', 'status', '--timeout', 'x'], /expected a number of seconds above 0/],
  ] as const)('%s', async (args, text) => {
    expectOneLine(await runCli(args, { cwd: folder }), text);
    expect(await readdir(folder)).toEqual([]);
  });

  it('names file and line of a typo in a file', async () => {
    const own = await mkdtemp(path.join(tmpdir(), 'nerfstream-cli-'));
    await writeFile(path.join(own, 'my.yaml'), 'extends: instant-ngp\ntrainer:\n  maxStep: 5\n');
    expectOneLine(
      await runCli(['train', 'my.yaml', '--data', 'x'], { cwd: own }),
      /^error: my\.yaml:3: trainer\.maxStep: unknown key, did you mean trainer\.maxSteps\?\n$/,
    );
    await rm(own, { recursive: true });
  });

  it('lists the methods there are', async () => {
    const { stderr } = await runCli(['train', 'gaussians', '--data', 'x']);
    expect(stderr).toContain(`Methods: ${presets().join(', ')};`);
  });

  it('shows the stack with --debug only', async () => {
    const { stderr, code } = await runCli(['resume', 'nowhere', '--debug']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: nowhere: there is no such run folder\nRunFolderError: .*\n {4}at /);
  });
});

describe('doctor', () => {
  it('says what the machine offers', async () => {
    const { code, stdout } = await runCli(['doctor', '--json']);
    const diagnosis = JSON.parse(stdout) as Record<string, unknown>;
    expect(diagnosis).toMatchObject({ node: process.versions.node, problems: [] });
    expect(['wide', 'relaxed', 'base']).toContain(diagnosis['simd']);
    expect(code).toBe(0);
  });
});
