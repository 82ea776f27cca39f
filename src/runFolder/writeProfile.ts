/** The run folder's `profile.json`: where the time went, for chrome://tracing or Perfetto. */
import { runPaths } from './runPaths.ts';
import { writeFileAtomically } from './writeFileAtomically.ts';

/** @param json a Chrome trace */
export async function writeProfile(folder: string, json: string): Promise<void> {
  await writeFileAtomically(runPaths(folder).profile, json);
}
