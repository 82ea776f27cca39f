// Light of a photo: a gain and a bias of its own on the splats' colours, and what the loss says of them.
import { CHUNK, GRADIENT_BYTES, SplatPlan, chunkAt, recordAt } from './splatPlan';

/** Unit = a chunk of splats, after splatProject: colour = gain * colour + bias in its records. */
export function splatLight(chunk: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), splats = plan.inView + (<usize>(chunk * CHUNK) << 2);
  for (let k = 0, visible = chunkAt(plan, chunk).visible; k < visible; k++) {
    const record = recordAt(plan, load<i32>(splats + (<usize>k << 2)));
    record.red = plan.gainR * record.red + plan.biasR;
    record.green = plan.gainG * record.green + plan.biasG;
    record.blue = plan.gainB * record.blue + plan.biasB;
  }
}

/** Places of red, green, blue in a gradient record: see splatTrain.ts. */
const RED: usize = 24, GREEN: usize = 28, BLUE: usize = 32;

/**
 * Unit = a chunk of splats, after splatTrainTile: gradient records come to be of the splats' own colours, and the chunk's part of the gradient by the
 * light, [6] float32, is written: by ln gain, the sum of g (colour - bias), and by bias, the sum of g (g the gradient of the colour in the light).
 */
export function splatLightGradients(chunk: i32, address: usize): void {
  const plan = changetype<SplatPlan>(address), state = chunkAt(plan, chunk), splats = plan.inView + (<usize>(chunk * CHUNK) << 2);
  let gainR: f64 = 0, gainG: f64 = 0, gainB: f64 = 0, biasR: f64 = 0, biasG: f64 = 0, biasB: f64 = 0;
  for (let k = 0; k < state.visible; k++) {
    const record = recordAt(plan, load<i32>(splats + (<usize>k << 2)));
    let at = plan.pairGradients + <usize>(state.firstPair + record.firstPair) * GRADIENT_BYTES;
    let red: f32 = 0, green: f32 = 0, blue: f32 = 0;
    for (const end = at + <usize>record.tiles * GRADIENT_BYTES; at < end; at += GRADIENT_BYTES) {
      const r = load<f32>(at, RED), g = load<f32>(at, GREEN), b = load<f32>(at, BLUE);
      red += r; green += g; blue += b;
      store<f32>(at, r * plan.gainR, RED); store<f32>(at, g * plan.gainG, GREEN); store<f32>(at, b * plan.gainB, BLUE);
    }
    gainR += red * (record.red - plan.biasR); gainG += green * (record.green - plan.biasG); gainB += blue * (record.blue - plan.biasB);
    biasR += red; biasG += green; biasB += blue;
  }
  const to = plan.lightGradients + <usize>chunk * 24;
  store<f32>(to, <f32>gainR); store<f32>(to, <f32>gainG, 4); store<f32>(to, <f32>gainB, 8);
  store<f32>(to, <f32>biasR, 12); store<f32>(to, <f32>biasG, 16); store<f32>(to, <f32>biasB, 20);
}
