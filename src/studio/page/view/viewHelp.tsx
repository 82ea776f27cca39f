/** What mouse, fingers and keys do on the picture. */
const rows = [
  ['Left drag, one finger', 'turn around what is in the middle'],
  ['Right or shift drag, two fingers', 'shift'],
  ['Wheel, pinch', 'nearer, farther'],
  ['W S A D Q E', 'fly ahead, back, left, right, down, up'],
  ['Arrow keys', 'look around'],
  ['+ −', 'nearer, farther'],
  ['Shift', 'three times as fast'],
  ['R, L, C', 'back to the start, level the horizon, cameras'],
  ['Click on a camera', 'stand where that photo was taken'],
] as const;

export function ViewHelp() {
  return (
    <section class="popover" aria-label="Keys and mouse">
      <dl class="keys">
        {rows.map(([keys, effect]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{effect}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
