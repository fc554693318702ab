/**
 * @file The colours of the page where CSS does not reach: on canvases.
 */

const darkScheme = matchMedia('(prefers-color-scheme: dark)');
const resolved = new Map<string, string>();
const listeners = new Set<() => void>();

darkScheme.addEventListener('change', () => {
  resolved.clear();
  for (const listener of listeners) listener();
});

/** Calls back whenever all colours have changed. */
export function onColorsChange(listener: () => void): void {
  listeners.add(listener);
}

/** What a colour of CSS is now, in a form that canvases take. */
export function resolvedColor(color: string): string {
  let known = resolved.get(color);
  if (known === undefined) {
    const probe = document.createElement('span');
    probe.style.color = color;
    document.body.append(probe);
    known = getComputedStyle(probe).color;
    probe.remove();
    resolved.set(color, known);
  }
  return known;
}
