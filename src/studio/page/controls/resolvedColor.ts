/** What a colour of the style sheet is at present, as canvases understand it. @param property `--accent` @returns rgb(r, g, b) */
export function resolvedColor(host: HTMLElement, property: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  host.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
