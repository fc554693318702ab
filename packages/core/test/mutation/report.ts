/**
 * @file The wrong calls of a function that led to something wrong, and whether the engine works after them.
 */
import { compile, Generator, normal, type Tensor, Variable } from '../../src/index.ts';
import { type Entry, examine } from './examine.ts';
import { mutationsOf } from './mutations.ts';

/** What is wrong with wrong calls of a function. */
export async function problemsOf(name: string, entry: Entry): Promise<string[]> {
  const outcomes = await examine(name, entry);
  return outcomes
    .filter(({ kind }) => kind === 'wrong')
    .map(({ mutation: { place, kind }, text }) => `${place} ${kind}: ${text}`);
}

/** Some of the wrong calls that are refused; each, made again, says whether it was refused again. */
export async function refusedCalls(
  entries: Readonly<Record<string, Entry>>,
): Promise<(() => Promise<boolean>)[]> {
  const refused: (() => Promise<boolean>)[] = [];
  for (const { args: makeArguments, call, restore, tooLarge } of Object.values(entries)) {
    const mutations = Array.from(mutationsOf(makeArguments)).filter(
      ({ place, kind }, number) => number % 8 === 0 && tooLarge?.test(`${place} ${kind}`) !== true,
    );
    for (const { args } of mutations) {
      const isRefused = async (): Promise<boolean> => {
        try {
          await (call as (...values: readonly unknown[]) => unknown)(...args);
          restore?.();
          return false;
        } catch {
          return true;
        }
      };
      if (await isRefused()) refused.push(isRefused);
    }
  }
  return refused;
}

/** What two steps of training give: with and without compilation. */
export function trainedBits(): number[] {
  const generator = new Generator(5);
  const weight = new Variable(normal([3, 2], { generator }), { requiresGrad: true });
  const step = (x: Tensor): Tensor => {
    weight.grad = null;
    const loss = x.matmul(weight).tanh().square().mean();
    loss.backward();
    weight.assign(weight.sub((weight.grad as Tensor | null)!.mul(0.1)));
    return loss;
  };
  const losses = [step, compile(step)].map((run) => run(normal([4, 3], { generator })));
  return [...losses, weight].flatMap((x) => Array.from(x.data()));
}
