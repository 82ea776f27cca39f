/** Finds what somebody probably meant. */
import { distance } from 'fastest-levenshtein';

/** The candidate closest to `word`, or `undefined` when none is similar (more than 2 in 5 letters differ). */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= 0.4 * Math.max(word.length, candidate.length))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate;
}
