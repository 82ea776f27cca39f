/** Describes one call of the network kernels in the kernels' memory, with the scratch space that it needs. */
import type { KernelPool } from '../../kernels/kernelPool.ts';
import { denseLayout, mlpCallLayout } from '../../kernels/layouts.ts';
import { structAt } from '../../kernels/structs.ts';

/** Bytes of a row of a tile: 64 samples. */
const rowBytes = 256;
const tileSamples = 64;
/** Slots of weight gradients, and units of backward: never a function of the threads. */
const maxSlots = 32;
const maxSlotBytes = 64 * 2 ** 20;
const maxForwardUnits = 256;

export interface MlpCallSettings {
  readonly samples: number;
  /** Inputs of the first layer, then the outputs of each. */
  readonly widths: readonly number[];
  readonly hiddenActivation: number;
  readonly outputActivation: number;
  readonly leakySlope: number;
  /** Addresses: of the tensors, of each layer's weights and of each layer's gradient (absent in the forward pass). */
  readonly x: number;
  readonly y: number;
  readonly kept: number;
  readonly weights: readonly number[];
  readonly backward?: { readonly dy: number; readonly dx: number; readonly gradients: readonly number[] };
}

export interface MlpCall {
  readonly address: number;
  readonly layers: number;
  readonly units: number;
  /** Units of the sum over the slots. */
  readonly sumUnits: number;
  dispose(): void;
}

/** Rows of a tile's hidden values. */
export function hiddenRowsOf(widths: readonly number[]): number {
  return widths.slice(1, -1).reduce((rows, width) => rows + padded(width), 0);
}

/** Writes what src/kernels/assembly/opsMlp.ts reads: `MlpCall` and its layers. The weights still have to be packed. */
export function createMlpCall(kernels: KernelPool, settings: MlpCallSettings): MlpCall {
  const { samples, widths, backward } = settings;
  const layerCount = widths.length - 1;
  const owned: number[] = [];
  const reserve = (bytes: number) => {
    const address = kernels.reserve(Math.max(4, bytes));
    owned.push(address);
    return address;
  };
  const layers = reserve(layerCount * denseLayout.bytes);
  const inPlaceWidth = Math.max(0, ...widths.slice(1, -1).map(padded));
  const keepsAll = backward !== undefined || settings.kept !== 0;
  let slotBytes = 0;
  let outputAt = 0;
  for (let layer = 0; layer < layerCount; layer++) {
    const [inputs, outputs] = [widths[layer]!, widths[layer + 1]!];
    const bytes = padded(inputs) * padded(outputs) * 4;
    // Without a backward pass, two layers' values take turns in the same cache lines.
    const at = keepsAll ? outputAt : (layer % 2) * inPlaceWidth * rowBytes;
    structAt(kernels, denseLayout, layers + layer * denseLayout.bytes).set({
      inputs,
      outputs,
      weights: settings.weights[layer]!,
      packed: reserve(bytes),
      packedTransposed: reserve(bytes),
      outputAt: at,
      gradientAt: slotBytes,
      gradient: backward?.gradients[layer] ?? 0,
    });
    slotBytes += bytes;
    outputAt += padded(outputs) * rowBytes;
  }
  const tiles = Math.ceil(samples / tileSamples);
  const slots = Math.max(4, Math.min(maxSlots, Math.floor(maxSlotBytes / slotBytes)));
  const units = Math.min(tiles, backward ? slots : maxForwardUnits);
  const hiddenBytes = hiddenRowsOf(widths) * rowBytes;
  const widest = Math.max(...widths.map(padded));
  const scratchBytes = 4 * widest * rowBytes + (keepsAll ? hiddenBytes : 2 * inPlaceWidth * rowBytes);
  const address = reserve(mlpCallLayout.bytes);
  structAt(kernels, mlpCallLayout, address).set({
    layers,
    layerCount,
    samples,
    units,
    hiddenActivation: settings.hiddenActivation,
    outputActivation: settings.outputActivation,
    slope: settings.leakySlope,
    x: settings.x,
    y: settings.y,
    dy: backward?.dy ?? 0,
    dx: backward?.dx ?? 0,
    kept: settings.kept,
    hiddenBytes,
    widest,
    scratch: reserve(scratchBytes * kernels.threads),
    scratchBytes,
    slots: backward ? reserve(units * slotBytes) : 0,
    slotBytes,
  });
  return {
    address,
    layers: layerCount,
    units,
    sumUnits: widths.slice(0, -1).reduce((sum, inputs) => sum + Math.ceil(inputs / 16), 0),
    dispose: () => {
      for (const block of owned) kernels.release(block);
    },
  };
}

function padded(width: number): number {
  return Math.ceil(width / 4) * 4;
}
