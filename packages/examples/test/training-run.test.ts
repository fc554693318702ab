import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../src/flags.ts';
import { type Digits, pixels } from '../src/digits.ts';
import type { Settings } from '../src/mnist-experiment.ts';
import { type RunResult, runTraining } from '../src/training-run.ts';

/** Noise with labels: nothing to learn, but quickly. */
const noise: Digits = {
  count: 50,
  ink: Uint8Array.from({ length: 50 * pixels }, (_, k) => (Math.imul(k + 1, 0x9e3779b1) >>> 16) & 1),
  labels: Uint8Array.from({ length: 50 }, (_, k) => k % 10),
};
const settings: Settings = { seed: 1, learningRate: 0.1, batchSize: 20, deviation: 0.1, dtype: 'f32' };

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'windfall-run-'));
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(scratch, { recursive: true });
});

async function train(
  name: string,
  steps: number,
  options: { changes?: Partial<Settings>; signal?: AbortSignal } = {},
): Promise<RunResult> {
  const { changes = {}, signal = new AbortController().signal } = options;
  const checkpoint = join(scratch, name);
  return runTraining(
    { training: noise, test: noise },
    { ...settings, ...changes },
    { steps, checkpoint, signal },
  );
}

const observedSteps = ({ curves }: RunResult): number[] => curves[1]!.observations.map(({ step }) => step);

test('the networks are looked at ten times or every 100 steps, and after the last one', async () => {
  expect(observedSteps(await train('a', 7))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(observedSteps(await train('b', 25))).toEqual([3, 6, 9, 12, 15, 18, 21, 24, 25]);
}, 60_000);

test('a run continues from its checkpoint to the same bits, also with more steps and across epochs', async () => {
  const whole = await train('whole', 9);
  expect(await train('parts', 2)).toMatchObject({ step: 2 });
  expect(await train('parts', 9)).toEqual(whole);
  expect(await train('parts', 9)).toEqual(whole);
}, 60_000);

test('float64 continues to the same bits, too', async () => {
  const changes = { dtype: 'f64' } as const;
  await train('parts', 3, { changes });
  expect(await train('parts', 5, { changes })).toEqual(await train('whole', 5, { changes }));
}, 60_000);

test('a look that only a shorter run had is forgotten', async () => {
  // With 30 steps the looks come every 3 as well, but not after the 22nd.
  await train('other', 22);
  expect(observedSteps(await train('other', 30))).toEqual([3, 6, 9, 12, 15, 18, 21, 24, 27, 30]);
}, 60_000);

test('an aborted run leaves a checkpoint and nothing else', async () => {
  const result = await train('run', 5, { signal: AbortSignal.abort() });
  expect(result.step).toBe(0);
  expect(readdirSync(scratch)).toEqual(['run']);
  expect(await train('run', 5)).toEqual(await train('whole', 5));
}, 60_000);

test('a checkpoint that does not fit is refused in one sentence', async () => {
  const path = join(scratch, 'run');
  const refusal = async (steps: number, changes: Partial<Settings> = {}): Promise<string> => {
    const error: unknown = await train('run', steps, { changes }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  };
  await train('run', 2);
  expect(await refusal(2, { learningRate: 0.2, batchSize: 10 })).toBe(
    `--resume: ${path} was made with learningRate 0.1, not 0.2; batchSize 20, not 10`,
  );
  expect(await refusal(1)).toBe(`--resume: ${path} has made 2 steps, more than 1`);
  writeFileSync(path, 'nonsense');
  expect(await refusal(2)).toMatch(/^--resume: openSafetensors: .*run/);
}, 60_000);
