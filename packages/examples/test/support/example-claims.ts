/**
 * @file What a statement of an example gave, as text, and whether that is what the comment beside it claims. It runs beside
 * the examples, in a process of their own.
 */
import { format, inspect } from 'node:util';

/** Records what the claimed statements of one example gave. */
export class Recorder {
  readonly outcomes: string[] = [];
  #printed: string[] = [];

  constructor() {
    console.log = (...values: unknown[]): void => {
      this.#printed.push(format(...values.map((value) => (typeof value === 'object' ? show(value) : value))));
    };
  }

  /** Forgets what was printed before a statement. */
  begin(): void {
    this.#printed = [];
  }

  /** The text of a statement's value, so that its tensors are computed. */
  async run(statement: () => unknown): Promise<string> {
    return show(await statement());
  }

  /** Runs a statement, or the end of one: it gave what it printed, else the error it threw, else its value. */
  async record(claim: number, statement: () => unknown): Promise<void> {
    let value: string;
    try {
      value = await this.run(statement);
    } catch (error) {
      value = String(error);
    }
    this.outcomes[claim] = this.#printed.length > 0 ? this.#printed.join('\n') : value;
  }
}

/** Strings as they are, all else on one line where the value has no text of its own. */
function show(value: unknown): string {
  if (typeof value === 'string') return value;
  return inspect(value, { breakLength: Infinity, compact: true, depth: null, maxArrayLength: null })
    .replaceAll(/\[ (?=\S)/g, '[')
    .replaceAll(/(?<=\S) \]/g, ']')
    .replaceAll(/(?<=Array)\(\d+\)/g, '');
}
