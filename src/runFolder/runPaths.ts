/** Where things lie in a run folder. */
import path from 'node:path';

export interface RunPaths {
  /** Absolute path of the run folder. */
  readonly folder: string;
  readonly config: string;
  readonly metrics: string;
  readonly log: string;
  readonly summary: string;
  readonly profile: string;
  readonly lock: string;
  readonly controlSocket: string;
  readonly checkpoints: string;
  readonly evaluation: string;
  readonly renders: string;
  readonly tensorboard: string;
}

/** The paths of the run in `folder`; nothing is touched. */
export function runPaths(folder: string): RunPaths {
  const absolute = path.resolve(folder);
  const inside = (name: string): string => path.join(absolute, name);
  return {
    folder: absolute,
    config: inside('config.yaml'),
    metrics: inside('metrics.jsonl'),
    log: inside('run.log'),
    summary: inside('summary.json'),
    profile: inside('profile.json'),
    lock: inside('run.lock'),
    controlSocket: inside('control.sock'),
    checkpoints: inside('checkpoints'),
    evaluation: inside('eval'),
    renders: inside('renders'),
    tensorboard: inside('tensorboard'),
  };
}

/** `runs/<method>-<YYYYMMDD-HHMMSS>` (local time): where a run goes when nobody says. */
export function defaultRunFolder(method: string, milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  const time = `${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
  return path.join('runs', `${method}-${day}-${time}`);
}
