/** Text in HTML and SVG. */

/** Text as content or attribute: whatever it holds, it is text. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
