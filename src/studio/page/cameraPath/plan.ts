/** The path that is being planned: it lives as long as the page, whichever panel is open. */
import { type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PathSettings } from './cameraPathFile.ts';
import type { Keyframe } from './spline.ts';

export interface Plan {
  readonly keys: readonly Keyframe[];
  readonly settings: PathSettings;
}

export function createPlan(): Signal<Plan> {
  const size = { width: 960, height: 540 };
  return signal<Plan>({ keys: [], settings: { seconds: 4, fps: 24, ...size, tension: 0, isLoop: false } });
}

const PlanContext = createContext<Signal<Plan> | undefined>(undefined);
export const PlanProvider = PlanContext.Provider;

export function usePlan(): Signal<Plan> {
  const plan = useContext(PlanContext);
  if (!plan) throw new Error('The camera path needs a plan around it.');
  return plan;
}
