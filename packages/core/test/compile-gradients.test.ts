/**
 * @file `compile`: what a compiled function does with gradients, and with which tensors require theirs.
 */
import { compile, gradient, tensor, type Tensor, Variable } from '../src/index.ts';

const vector = (...values: number[]): Tensor => tensor(values);

describe('gradients', () => {
  test('that the function leaves are there afterwards, and add up', () => {
    const weight = new Variable(vector(2), { requiresGrad: true });
    const run = compile((x: Tensor) => {
      const loss = weight.mul(x).sum();
      loss.backward();
      return loss;
    });
    const collected = (): unknown => weight.grad?.toArray();
    run(vector(3));
    expect(collected()).toEqual([3]);
    run(vector(4));
    expect(collected()).toEqual([7]);
    run(vector(4, 1));
    expect(collected()).toEqual([12]);
    weight.grad = null;
    run(vector(5));
    expect(collected()).toEqual([5]);
  });

  test('are as they were after a call that fails, and add up further', () => {
    const weight = new Variable(vector(1, 2), { requiresGrad: true });
    const run = compile((position: Tensor) => weight.square().indexSelect(0, position).sum().backward());
    const at = (position: number): Tensor => tensor([position], { dtype: 'i32' });
    run(at(1));
    expect(() => run(at(7))).toThrow('out of range');
    expect(weight.grad?.toArray()).toEqual([0, 4]);
    run(at(0));
    expect(weight.grad?.toArray()).toEqual([2, 4]);
  });

  test('of an argument reach the argument', () => {
    const run = compile((x: Tensor) => x.square().sum().backward());
    const x = tensor([3], { requiresGrad: true });
    run(x);
    expect(x.grad?.toArray()).toEqual([6]);
  });

  test.each([false, true])('of what is given or made inside may be used inside: compiled %p', (compiled) => {
    // The fast gradient sign method: a step uphill in the input, and the slope there.
    const weight = new Variable(vector(2, -1), { requiresGrad: true });
    const loss = (x: Tensor): Tensor => x.mul(weight).sum().square();
    const step = (x: Tensor): Tensor => {
      weight.grad = null;
      x.requiresGrad = true;
      loss(x).backward();
      const attacked = x.add((x.grad as unknown as Tensor).sign()).detach();
      attacked.requiresGrad = true;
      weight.grad = null;
      loss(attacked).backward();
      return attacked.grad!.add(weight.grad as unknown as Tensor);
    };
    const attack = compiled ? compile(step) : step;
    const inputs = [vector(1, 1), vector(1, 3)];
    expect(inputs.map((x) => attack(x).toArray())).toEqual([
      [32, -8],
      [-16, -24],
    ]);
    expect(inputs.map((x) => [x.requiresGrad, x.grad?.toArray()])).toEqual([
      [true, [4, -2]],
      [true, [-4, 2]],
    ]);
  });

  test('of one tensor given twice are those of both places together', () => {
    const slopes = compile((a: Tensor, [b]: readonly [Tensor]) => {
      for (const x of [a, b]) x.grad = null;
      a.mul(a).mul(b).sum().backward();
    });
    const [x, y] = [2, 5].map((value) => tensor([value], { requiresGrad: true })) as [Tensor, Tensor];
    const of = (a: Tensor, b: Tensor): (number | undefined)[] => {
      slopes(a, [b]);
      return [a.grad?.item(), b.grad?.item()];
    };
    for (let k = 0; k < 2; k++) {
      expect(of(x, x)).toEqual([12, 12]);
      expect(of(x, y)).toEqual([20, 4]);
    }
  });

  test('do not pass through a call from outside: an error, not zeros', () => {
    const double = compile((x: Tensor) => x.mul(2));
    const x = vector(3);
    expect(() => gradient(double(x).sum(), [x])).toThrow('gradient: the output may depend on input 0');
  });

  test('may be of any order inside', () => {
    const third = compile((x: Tensor) => {
      let y = x.pow(4).sum();
      for (let order = 0; order < 3; order++) y = gradient(y, [x])[0].sum();
      return y;
    });
    expect(third(vector(2)).item()).toBe(48);
  });
});

describe('requiresGrad of variables', () => {
  type Step = (x: Tensor) => Tensor;
  type Run = (wrap: (fn: Step) => Step) => unknown;

  /** What a program gives, uncompiled and compiled. */
  const both = (run: Run): [unknown, unknown] => [run((fn) => fn), run((fn) => compile(fn))];

  test('may change inside, as where two networks are trained in turn', () => {
    const [plain, compiled] = both((wrap) => {
      const generator = new Variable(vector(0.5, 1), { requiresGrad: true });
      const critic = new Variable(vector(2, 3), { requiresGrad: true });
      const step = wrap((x) => {
        for (const variable of [generator, critic]) variable.grad = null;
        critic.requiresGrad = false;
        const loss = generator.mul(x).mul(critic).sum().square();
        loss.backward();
        generator.assign(generator.sub(generator.grad as unknown as Tensor));
        critic.requiresGrad = true;
        critic.mul(generator.detach()).mul(x).sum().backward();
        return loss.add(Number(critic.requiresGrad));
      });
      const losses = [vector(0.1, 0.2), vector(0.3, 0.1)].map((x) => step(x).item());
      return [losses, generator.toArray(), critic.toArray(), critic.requiresGrad, critic.grad?.toArray()];
    });
    expect(compiled).toEqual(plain);
    expect((compiled as unknown[])[2]).toEqual([2, 3]);
  });

  test.each([true, false])('stays as the function leaves it: %p', (required) => {
    const [plain, compiled] = both((wrap) => {
      const weight = new Variable(vector(2), { requiresGrad: !required });
      const step = wrap((x) => {
        const before = weight.mul(x);
        weight.requiresGrad = required;
        return before.add(weight.mul(x).requiresGrad ? 10 : before.requiresGrad ? 20 : 30);
      });
      const first = step(vector(1)).item();
      return [first, weight.requiresGrad, weight.item(), step(vector(1)).item(), weight.requiresGrad];
    });
    expect(compiled).toEqual(plain);
    expect((compiled as unknown[])[1]).toBe(required);
  });

  test('that decides has the function traced again when it changes', () => {
    const parameters = [1, 2].map((value) => new Variable(vector(value), { requiresGrad: value === 1 }));
    const penalty = compile(() =>
      parameters.filter(({ requiresGrad }) => requiresGrad).reduce((sum, x) => sum.add(x), vector(0)),
    );
    expect(penalty().item()).toBe(1);
    parameters[1]!.requiresGrad = true;
    expect(penalty().item()).toBe(3);
  });

  test('is that of a variable made inside from the start', () => {
    let weight: Variable | null = null;
    const slope = compile((x: Tensor) => {
      weight ??= new Variable(vector(3), { requiresGrad: true });
      weight.grad = null;
      weight.square().mul(x).sum().backward();
      weight.assign(weight.sub(weight.grad as unknown as Tensor));
      return weight;
    });
    expect([slope(vector(1)), slope(vector(1))].map((x) => x.item())).toEqual([-3, 3]);
    expect((weight as unknown as Variable).requiresGrad).toBe(true);
  });
});
