import { BatchNorm } from '@windfall/nn';
import type { Digits } from '../src/digits.ts';
import { copyParameters, inDoubles, makeProbe, trainDigitNetwork } from '../src/watched-training.ts';

/** Fewer than a mini-batch has. */
const digits: Digits = {
  count: 20,
  ink: Uint8Array.from({ length: 20 * 784 }, (_, k) => ((k * k) % 7) & 1),
  labels: Uint8Array.from({ length: 20 }, (_, k) => k % 10),
};

test.each([false, true])('looks change nothing of what is learned, normalized: %s', (normalize) => {
  const train = (lookAt: readonly number[]): { yields: number; last: number[][] } => {
    const probe = makeProbe({ normalize });
    const run = trainDigitNetwork(digits, { seed: 2, normalize, lookAt }, (step, network, batch) => {
      copyParameters(network, probe);
      const parameters = probe.parameters().map((parameter) => [...parameter.data()]);
      expect(parameters).toEqual(network.parameters().map((parameter) => [...parameter.data()]));
      // Moves no statistics, neither the network's nor its own.
      probe.forward(inDoubles(batch)[0]).data();
      return { step, parameters };
    });
    for (let yields = 0; ; yields++) {
      const { done, value } = run.next();
      if (done) {
        expect(value.map(({ step }) => step)).toEqual(lookAt);
        return { yields, last: value.at(-1)!.parameters };
      }
    }
  };
  const often = train([0, 1, 2, 3]);
  expect(often.yields).toBe(3);
  expect(train([3])).toEqual(often);
});

test('a forward of the probe leaves its running statistics alone', () => {
  const probe = makeProbe({ normalize: true });
  const statistics = () => probe.namedBuffers().map(([, buffer]) => [...buffer.data()]);
  const before = statistics();
  expect(before.length).toBeGreaterThan(0);
  const run = trainDigitNetwork(digits, { seed: 2, normalize: true, lookAt: [0] }, (_step, _network, batch) =>
    probe.forward(inDoubles(batch)[0]).data(),
  );
  expect(run.next().done).toBe(true);
  expect(statistics()).toEqual(before);
  expect(probe.namedModules().some(([, module]) => module instanceof BatchNorm)).toBe(true);
});
