/**
 * A whole training step of the instant-ngp model at a fixed size: 4,096 rays x 64 samples (and 1,024 x 64), no space skipped, no
 * sample left out; hash grid 16 x 2 of 2^19 entries, networks 32-64-16 and 32-64-64-3; forward, backward and Adam. With `--peers`
 * against the same step in torch (`pip install torch numpy`; PYTHON names the interpreter).
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { loadConfig } from '../src/config/loadConfig.ts';
import { createEncoding } from '../src/models/instantNgp/encoding.ts';
import { createNetworks } from '../src/models/instantNgp/networks.ts';
import { createRenderKernels } from '../src/models/instantNgp/renderKernels.ts';
import { createOptimizers } from '../src/optimizers/createOptimizers.ts';
import { createEngine } from '../src/tensors/createEngine.ts';
import { needed } from '../src/tensors/engine.ts';
import { kernelsInPlace } from '../src/tensors/kernelEngine.ts';
import { isMain, type Measurement, report, wantsPeers } from './report.ts';

export interface WholeStepResult {
  readonly samples: number;
  readonly threads: number;
  /** Seconds of a step, fastest and median. */
  readonly fastest: number;
  readonly median: number;
  /** Fastest seconds of the parts. */
  readonly parts: Readonly<Record<string, number>>;
  readonly losses: readonly number[];
}

const samplesPerRay = 64;
/** Of the unit cube; the peers' rays are as long. */
const rayLength = 0.5;

/** Times `rounds` steps after two that warm up. */
export async function benchWholeStep(
  rays: number,
  threads: number,
  rounds: number,
): Promise<WholeStepResult> {
  const samples = rays * samplesPerRay;
  const config = await loadConfig('instant-ngp', { data: '.' }, [
    'model.hashGrid.levels=16',
    'model.hashGrid.featuresPerLevel=2',
    'model.hashGrid.log2TableSize=19',
    'model.density.width=64',
    'model.color.width=64',
    // Adam alone, as the peers.
    'groups.encoding.transforms=[]',
    'groups.networks.transforms=[]',
    // Survivors find room for eight times as many, and rays are rounded up to whole tiles.
    `model.targetSamples=${samples / 4}`,
  ]);
  if (config.model.kind !== 'instant-ngp') throw new Error('another model is configured');
  const engine = await createEngine({ engine: 'simd', threads });
  const kernels = needed(engine, kernelsInPlace, 'this benchmark');
  const encoding = createEncoding(kernels, config.model.hashGrid, 2048, 1);
  const networks = createNetworks(kernels, config.model, encoding.encoded, 1);
  const render = createRenderKernels(kernels, {
    encoding,
    networks,
    rayCapacity: rays,
    densityOutputs: config.model.density.outputs,
    targetSamples: config.model.targetSamples,
  });
  const resolution = 16;
  const bits = kernels.allocate(resolution ** 3 / 8);
  kernels.uint8(bits, resolution ** 3 / 8).fill(255);
  render.plan.set({
    boxMinX: 0,
    boxMinY: 0,
    boxMinZ: 0,
    boxScale: 1,
    levels: 1,
    resolution,
    bits,
    coarseBits: bits,
    near: 0,
    coneAngle: 0,
    minStep: rayLength / samplesPerRay,
    maxStep: rayLength / samplesPerRay,
    jitter: 1,
    randomBackground: 1,
    minWeight: 0,
    minTransmittance: 0,
  });
  const random = randomNumbers(1);
  const parameters = [encoding.table, ...networks.parameters];
  const optimizers = createOptimizers(
    { encoding: [encoding.table], networks: networks.parameters, appearance: [] },
    config.groups,
    engine,
  );
  const gradients = Object.fromEntries(parameters.map(({ name, gradient }) => [name, gradient.tensor]));
  const times: number[] = [];
  const losses: number[] = [];
  const parts = { forwardBackward: Infinity, adam: Infinity };
  for (let round = -2; round < rounds; round++) {
    writeRays(render.rays, rays, random);
    const began = performance.now();
    render.packNetworks();
    render.plan.set({ jitterKey: round + 10, backgroundKey: round + 100 });
    const statistics = render.render(rays, { train: true, samplesPerRay, survivorsPerRay: samplesPerRay });
    const middle = performance.now();
    for (const group of ['encoding', 'networks']) optimizers.apply(group, gradients, 1e-2);
    const ended = performance.now();
    const { survivors, dropped } = statistics;
    if (Math.abs(survivors - samples) > samples / 1000 || statistics.samples !== survivors || dropped !== 0)
      throw new Error(`${statistics.samples} samples, ${statistics.dropped} dropped instead of ${samples}`);
    losses.push(statistics.loss);
    if (round < 0) continue;
    times.push((ended - began) / 1000);
    parts.forwardBackward = Math.min(parts.forwardBackward, (middle - began) / 1000);
    parts.adam = Math.min(parts.adam, (ended - middle) / 1000);
  }
  optimizers.dispose();
  render.dispose();
  networks.dispose();
  encoding.dispose();
  engine.dispose();
  times.sort((a, b) => a - b);
  return { samples, threads, fastest: times[0]!, median: times[times.length >> 1]!, parts, losses };
}

/** Rays inside the unit cube that leave it after `rayLength` exactly: 64 samples each, but for rounding. */
function writeRays(
  { origins, directions, rgba }: { origins: Float32Array; directions: Float32Array; rgba: Float32Array },
  rays: number,
  random: () => number,
): void {
  // The march ends 1e-4 before the cube does.
  const length = rayLength + 1e-4;
  for (let ray = 0; ray < rays; ) {
    const direction = [random() - 0.5, random() - 0.5, random() - 0.5];
    const norm = Math.hypot(...direction);
    if (norm < 0.05 || norm > 0.5) continue;
    const unit = direction.map((value) => value / norm);
    const axis = Math.floor(random() * 3);
    const exit = [random(), random(), random()];
    exit[axis] = unit[axis]! > 0 ? 1 : 0;
    const origin = exit.map((value, k) => value - unit[k]! * length);
    if (origin.some((value) => value < 0 || value > 1)) continue;
    origins.set(origin, ray * 3);
    directions.set(unit, ray * 3);
    rgba.set([random(), random(), random(), 1], ray * 4);
    ray++;
  }
}

/** A linear congruential generator (Numerical Recipes): what is drawn matters little here. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface PeerResult {
  readonly variant: string;
  readonly torch: string;
  readonly fastest: number;
}

const eagerVariants = ['index_add', 'embedding_bag', 'embedding_backward', 'bincount', 'autograd'];

/** The same step in torch. @returns undefined where Python or torch is missing */
function benchTorch(variant: string, threads: number): PeerResult | undefined {
  const script = path.join(import.meta.dirname, 'peers', 'torch_ngp_step.py');
  const rounds = variant === 'compile' ? '8' : '4';
  const { status, stdout } = spawnSync(
    process.env['PYTHON'] ?? 'python3',
    [script, variant, '--threads', String(threads), '--rounds', rounds],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return status === 0 ? (JSON.parse(stdout.trim().split('\n').at(-1)!) as PeerResult) : undefined;
}

interface Turns {
  readonly ours: number;
  readonly peer: PeerResult;
}

/** Our step and torch's, in turns and the fastest of each: the speed of a shared machine changes from minute to minute. */
async function inTurns(variant: string, threads: number): Promise<Turns | undefined> {
  let ours = Number.POSITIVE_INFINITY;
  let peer: PeerResult | undefined;
  for (let turn = 0; turn < 3; turn++) {
    const result = benchTorch(variant, threads);
    if (!result) return undefined;
    if (!peer || result.fastest < peer.fastest) peer = result;
    ours = Math.min(ours, (await benchWholeStep(4096, threads, 10)).fastest);
  }
  return peer && { ours, peer };
}

if (isMain(import.meta.url)) {
  const threads = 2;
  const large = await benchWholeStep(4096, threads, 10);
  const single = await benchWholeStep(4096, 1, 6);
  const small = await benchWholeStep(1024, threads, 20);
  const notes = [
    `loss ${large.losses[0]!.toFixed(4)} -> ${large.losses.at(-1)!.toFixed(4)} over ${large.losses.length} steps`,
  ];
  const measurements: Measurement[] = [
    {
      what: `262,144 samples, ${threads} threads`,
      unit: 'ms',
      ours: 1000 * large.fastest,
      reference: { name: 'ours, 1 thread', value: 1000 * single.fastest },
    },
    { what: `65,536 samples, ${threads} threads`, unit: 'ms', ours: 1000 * small.fastest },
    {
      what: 'of it: forward and backward, 262,144 samples',
      unit: 'ms',
      ours: 1000 * large.parts['forwardBackward']!,
    },
    { what: 'of it: Adam, 12.2 million parameters', unit: 'ms', ours: 1000 * large.parts['adam']! },
  ];
  if (wantsPeers()) {
    const compiled = await inTurns('compile', threads);
    const eager = eagerVariants.flatMap((variant) => benchTorch(variant, threads) ?? []);
    const fastest = eager.sort((one, other) => one.fastest - other.fastest)[0];
    const best = fastest && (await inTurns(fastest.variant, threads));
    const line = ({ ours, peer }: Turns, name: string, goal: number): Measurement => ({
      what: `262,144 samples, ${threads} threads`,
      unit: 'ms',
      ours: 1000 * ours,
      reference: { name: `torch ${peer.torch} ${name}`, value: 1000 * peer.fastest },
      goal,
    });
    if (compiled) measurements.push(line(compiled, 'compiled', 4));
    if (best) measurements.push(line(best, `eager, best variant: ${best.peer.variant}`, 5));
    if (!compiled && !best) notes.push('torch is not installed (pip install torch numpy): no comparison');
    for (const { variant, fastest } of eager)
      notes.push(`torch eager, ${variant}: ${(1000 * fastest).toFixed(0)} ms`);
  }
  await report('wholeStep', measurements, notes);
}
