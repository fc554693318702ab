/**
 * @file JSON.parse takes the last of two equal keys without a word; this finds them.
 */

/** Where the string that starts at a quote ends: the place of its closing quote. */
function endOfString(json: string, start: number): number {
  let end = start + 1;
  while (json[end] !== '"') end += json[end] === '\\' ? 2 : 1;
  return end;
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t';
}

/**
 * The first key that an object in a text holds twice, or null.
 * @param json a text that JSON.parse takes
 */
export function duplicateKey(json: string): string | null {
  /** The keys of each object that is open, innermost last; of arrays nothing. */
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(null);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfString(json, i);
      let after = end + 1;
      while (isSpace(json[after])) after++;
      if (json[after] === ':') {
        const key = JSON.parse(json.slice(i, end + 1)) as string;
        const keys = open.at(-1);
        if (keys?.has(key) === true) return key;
        keys?.add(key);
      }
      i = end;
    }
  }
  return null;
}
