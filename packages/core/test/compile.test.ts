/**
 * @file `compile`: a function compiled does what it does uncompiled, bit for bit, and what cannot be compiled is an error
 * that names the remedy.
 */
import {
  assignAll,
  bernoulli,
  compile,
  onFailure,
  Generator,
  gradient,
  manualSeed,
  noGrad,
  normal,
  ones,
  permutation,
  setBackend,
  type Tensor,
  tensor,
  uniform,
  Variable,
  zeros,
} from '../src/index.ts';
import { compilingBackends, withBackend } from './with-backend.ts';

const vector = (...values: number[]): Tensor => tensor(values);

/** Counts how often a function is traced. */
function counted<Arguments extends readonly unknown[], Result>(
  fn: (...values: Arguments) => Result,
): { fn: (...values: Arguments) => Result; calls: () => number } {
  let calls = 0;
  return {
    fn: (...values) => {
      calls++;
      return fn(...values);
    },
    calls: () => calls,
  };
}

/** A network of one layer with momentum, as users write one. */
function training(): { step: (x: Tensor, y: Tensor) => Tensor; weight: Variable; velocity: Variable } {
  const generator = new Generator(3);
  const weight = new Variable(normal([5, 3], { generator }), { requiresGrad: true });
  const velocity = new Variable(zeros([5, 3]));
  const step = (x: Tensor, y: Tensor): Tensor => {
    weight.grad = null;
    const loss = x.matmul(weight).tanh().sub(y).square().mean();
    loss.backward();
    const slope = weight.grad as Tensor | null;
    const moved = velocity.mul(0.9).add(slope!);
    assignAll([
      [velocity, moved],
      [weight, weight.sub(moved.mul(0.1))],
    ]);
    return loss;
  };
  return { step, weight, velocity };
}

describe.each(compilingBackends)('on %s', (backend) => {
  test('training compiled gives the same bits as training uncompiled', () => {
    withBackend(backend, () => {
      const [plain, replayed] = [training(), training()];
      const step = compile(replayed.step);
      const generator = new Generator(8);
      for (let k = 0; k < 20; k++) {
        const [x, y] = [normal([4, 5], { generator }), normal([4, 3], { generator })];
        expect(step(x, y).data()).toEqual(plain.step(x, y).data());
      }
      expect(replayed.weight.data()).toEqual(plain.weight.data());
      expect(replayed.velocity.data()).toEqual(plain.velocity.data());
    });
  });

  test('variables may be read and assigned between calls', () => {
    withBackend(backend, () => {
      const count = new Variable(vector(1, 2));
      const next = compile((by: Tensor) => {
        count.assign(count.add(by));
        return count.mul(10);
      });
      expect(next(vector(1, 1)).toArray()).toEqual([20, 30]);
      const before = count.mul(1);
      const untouched = count.detach();
      expect(next(vector(1, 1)).toArray()).toEqual([30, 40]);
      count.assign(count.mul(2));
      expect(next(vector(1, 1)).toArray()).toEqual([70, 90]);
      expect([before.toArray(), untouched.toArray(), count.toArray()]).toEqual([
        [2, 3],
        [2, 3],
        [7, 9],
      ]);
    });
  });

  test('two compiled functions share their variables', () => {
    withBackend(backend, () => {
      const weight = new Variable(vector(1));
      const grow = compile(() => {
        weight.assign(weight.mul(2));
      });
      const read = compile((x: Tensor) => weight.mul(x));
      const seen = Array.from({ length: 4 }, () => {
        grow();
        return read(vector(10)).item();
      });
      expect(seen).toEqual([20, 40, 80, 160]);
    });
  });

  test('two variables can be swapped, and one can take another’s value', () => {
    withBackend(backend, () => {
      const [a, b, c] = [new Variable(vector(1)), new Variable(vector(2)), new Variable(vector(3))];
      const step = compile(() => {
        assignAll([
          [a, b],
          [b, a],
          [c, a],
        ]);
        return [a.add(0), c];
      });
      step();
      const [nowA, nowC] = step() as [Tensor, Tensor];
      expect([a.item(), b.item(), c.item(), nowA.item(), nowC.item()]).toEqual([1, 2, 2, 1, 2]);
    });
  });

  test('a value read from its own neighbours is not overwritten too early', () => {
    withBackend(backend, () => {
      const state = new Variable(tensor(Array.from({ length: 100 }, (_, k) => k)));
      const shift = compile(() => {
        state.assign(state.add(state.slice([[1, null]]).pad([[0, 1]])));
      });
      const expected = new Variable(state);
      for (let k = 0; k < 3; k++) {
        shift();
        expected.assign(expected.add(expected.slice([[1, null]]).pad([[0, 1]])));
      }
      expect(state.data()).toEqual(expected.data());
    });
  });

  test('an index out of range changes nothing, and the next call works', () => {
    withBackend(backend, () => {
      const table = new Variable(vector(1, 2, 3));
      const seen = new Variable(tensor(0));
      const look = compile((index: Tensor) => {
        seen.assign(seen.add(1));
        const rows = table.indexSelect(0, index.mul(1));
        table.assign(table.add(rows.sum()));
        return rows;
      });
      expect(look(tensor([0], { dtype: 'i32' })).toArray()).toEqual([1]);
      expect(() => look(tensor([3], { dtype: 'i32' }))).toThrow('index 3 is out of range');
      expect([table.toArray(), seen.item()]).toEqual([[2, 3, 4], 1]);
      expect(look(tensor([2], { dtype: 'i32' })).toArray()).toEqual([4]);
      expect(seen.item()).toBe(2);
    });
  });

  test('random numbers are those that the function would draw uncompiled', () => {
    withBackend(backend, () => {
      const draw = (): Tensor[] => [uniform([4]), bernoulli([4]), permutation(5)];
      manualSeed(7);
      const plain = Array.from({ length: 3 }, () => draw().map((x) => Array.from(x.data())));
      manualSeed(7);
      const compiled = compile(draw);
      const replayed = Array.from({ length: 3 }, () => compiled().map((x) => Array.from(x.data())));
      expect(replayed).toEqual(plain);
    });
  });
});

describe('what is traced again', () => {
  test('each shape, dtype and plain value once', () => {
    const { fn, calls } = counted((x: Tensor, factor: number) => x.mul(factor));
    const scaled = compile(fn);
    for (let k = 0; k < 3; k++) {
      expect(scaled(vector(1, 2), 3).toArray()).toEqual([3, 6]);
      expect(scaled(vector(1), 3).toArray()).toEqual([3]);
      expect(scaled(vector(1), 4).toArray()).toEqual([4]);
      expect(scaled(tensor([1], { dtype: 'f64' }), 4).dtype).toBe('f64');
    }
    expect(calls()).toBe(4);
  });

  test('an argument that is built otherwise, though no tensor and no value differs', () => {
    const total = compile((x: Tensor, ...rest: unknown[]) => x.add(tensor(JSON.stringify(rest).length)));
    const build: readonly unknown[][] = [
      [],
      [[]],
      [{}],
      [[[]]],
      [[], []],
      [{ a: [] }],
      [{ 'a.b': 1 }, { a: { b: 1 } }],
    ];
    for (const rest of build)
      expect(total(vector(0), ...rest).toArray()).toEqual([JSON.stringify(rest).length]);
    const sum = compile((x: Tensor, axes?: readonly number[]) => x.sum(axes));
    expect([sum(vector(1, 2), []), sum(vector(1, 2))].map((x) => x.toArray())).toEqual([[1, 2], 3]);
    const kind = compile((value: unknown) => tensor(typeof value === 'bigint'));
    expect([kind(5n), kind(5)].map((x) => x.item<'bool'>())).toEqual([true, false]);
  });

  test('a call inside noGrad and one outside', () => {
    const slope = compile((x: Tensor) => gradient(x.square().sum(), [x])[0]);
    const inside = (): Tensor => noGrad(() => slope(vector(3)));
    expect([inside(), slope(vector(3)), inside()].map((x) => x.item())).toEqual([0, 6, 0]);
  });

  test('a variable that no longer requires its gradient', () => {
    const weight = new Variable(vector(3), { requiresGrad: true });
    const slope = compile((x: Tensor) => gradient(weight.mul(x).sum(), [x])[0]);
    expect(slope(vector(1)).item()).toBe(3);
    weight.requiresGrad = false;
    expect(slope(vector(1)).item()).toBe(3);
  });

  test('another backend', () => {
    const count = new Variable(vector(1));
    const next = compile(() => {
      count.assign(count.add(1));
      return count;
    });
    for (const backend of ['wasm', 'javascript', 'interpreter', 'wasm'] as const)
      withBackend(backend, () => next());
    expect(count.item()).toBe(5);
  });

  test('the first call of a function that makes variables at its first call', () => {
    let state: Variable | null = null;
    const { fn, calls } = counted((x: Tensor) => {
      if (state === null) state = new Variable(x);
      else state.assign(state.mul(2).add(x));
      return state;
    });
    const step = compile(fn as (x: Tensor) => Tensor);
    expect([step(vector(1)), step(vector(1)), step(vector(1))].map((x) => x.item())).toEqual([1, 3, 7]);
    expect(calls()).toBe(2);
  });
});

describe('arguments and results', () => {
  test.each([
    ['computed', 2, false],
    ['traced', 0, true],
  ])(
    'a variable made at a call that cannot be %s has the value it was made with',
    (_when, position, isBroken) => {
      const outside = new Variable(vector(10));
      let state: Variable | null = null;
      let noise: Variable | null = null;
      const pick = compile((x: Tensor, index: Tensor, isBrokenNow: boolean) => {
        outside.assign(outside.add(1));
        state ??= new Variable(x.add(outside).sum());
        noise ??= new Variable(uniform([2]));
        state.assign(state.add(1));
        if (isBrokenNow) throw new Error('broken');
        return x.indexSelect(0, index);
      });
      const index = (k: number): Tensor => tensor([k], { dtype: 'i32' });
      const current = (): [unknown, unknown] => [state!.item(), outside.item()];
      expect(() => pick(vector(5, 6), index(position), isBroken)).toThrow(
        isBroken ? 'broken' : 'out of range',
      );
      expect(current()).toEqual([33, 10]);
      const drawn = noise!.data();
      expect([pick(vector(5, 6), index(1), false).item(), ...current()]).toEqual([6, 34, 11]);
      expect([pick(vector(5, 6), index(0), false).item(), ...current()]).toEqual([5, 35, 12]);
      expect(noise!.data()).toEqual(drawn);
    },
  );

  test('variables made anew after each call that fails are no variables made at every call', () => {
    let count: Variable | null = null;
    const pick = compile((x: Tensor, index: Tensor) => {
      count ??= new Variable(zeros([]));
      count.assign(count.add(1));
      return x.indexSelect(0, index);
    });
    for (const position of [7, 8, 9]) {
      count = null;
      expect(() => pick(vector(5), tensor([position], { dtype: 'i32' }))).toThrow('out of range');
    }
    pick(vector(5), tensor([0], { dtype: 'i32' }));
    expect(count!.item()).toBe(1);
  });

  test.each([
    ['computed', 7, false],
    ['traced', 0, true],
  ])('what a call does that cannot be %s is undone, the last first', (_when, position, isBroken) => {
    const log: string[] = [];
    const pick = compile((x: Tensor, index: Tensor, isBrokenNow: boolean) => {
      for (const name of ['first', 'last']) onFailure(() => log.push(name));
      if (isBrokenNow) throw new Error('broken');
      return x.indexSelect(0, index);
    });
    const call = (at: number, isBrokenNow: boolean): unknown =>
      pick(vector(5), tensor([at], { dtype: 'i32' }), isBrokenNow).toArray();
    expect(() => call(position, isBroken)).toThrow(isBroken ? 'broken' : 'out of range');
    expect(log.splice(0)).toEqual(['last', 'first']);
    expect(call(0, false)).toEqual([5]);
    // This call is not traced: there is nothing that it does.
    expect(() => call(7, false)).toThrow('out of range');
    expect(log).toEqual([]);
  });

  test('what was undone is done again by the next call', () => {
    const sizes: number[] = [];
    const pick = compile((x: Tensor, index: Tensor) => {
      sizes.push(x.size);
      onFailure(() => sizes.pop());
      return x.indexSelect(0, index);
    });
    const at = (position: number): Tensor => tensor([position], { dtype: 'i32' });
    expect(() => pick(vector(5), at(7))).toThrow('out of range');
    expect(sizes).toEqual([]);
    pick(vector(5), at(0));
    pick(vector(6), at(0));
    expect(sizes).toEqual([1]);
  });

  test('outside of a compiled function nothing is undone, and what is no function is refused', () => {
    onFailure(() => {
      throw new Error('undone');
    });
    expect(() => {
      onFailure(3 as never);
    }).toThrow('onFailure: expected a function, not 3');
  });

  test('may be nested', () => {
    const fn = compile(({ x, rest }: { x: Tensor; rest: readonly Tensor[] }) => ({
      sums: rest.map((y) => x.add(y)),
      name: 'sums',
      nothing: null,
    }));
    const result = fn({ x: vector(1), rest: [vector(2), vector(3)] });
    expect(result.sums.map((y) => y.item())).toEqual([3, 4]);
    expect([result.name, result.nothing]).toEqual(['sums', null]);
  });

  test('may be in an object of another realm, whose tensors may be others at the next call', () => {
    // Of another realm's Object.prototype one can tell no more than that nothing is behind it.
    const batch = Object.create(Object.create(null) as object) as { x: Tensor };
    const double = compile(({ x }: { x: Tensor }) => x.mul(2));
    const results = [1, 2].map((value) => {
      batch.x = vector(value);
      return double(batch).item();
    });
    expect(results).toEqual([2, 4]);
  });

  test('a result may be an argument, a variable or a captured tensor as it is', () => {
    const weight = new Variable(vector(5));
    const captured = vector(6);
    const fn = compile((x: Tensor) => [x, weight, captured, zeros([1])]);
    expect(fn(vector(4)).map((y) => y.item())).toEqual([4, 5, 6, 0]);
    expect(fn(vector(7)).map((y) => y.item())).toEqual([7, 5, 6, 0]);
  });

  test('a result keeps its value when the function is called again', () => {
    const twice = compile((x: Tensor) => x.mul(2));
    const first = twice(vector(1));
    const second = twice(vector(2));
    expect([first.item(), second.item()]).toEqual([2, 4]);
  });

  describe('that are reused', () => {
    const options = { reuseResults: true };

    test('are those of a call until the next one', () => {
      const fn = compile((x: Tensor) => ({ twice: x.mul(2), same: x, total: x.sum() }), options);
      for (const value of [1, 2, 3]) {
        const { twice, same, total } = fn(vector(value, 5));
        expect([twice.toArray(), same.toArray(), total.item()]).toEqual([
          [2 * value, 10],
          [value, 5],
          value + 5,
        ]);
      }
    });

    test('keep the value with which they were read', () => {
      const twice = compile((x: Tensor) => x.mul(2), options);
      const first = twice(vector(1));
      expect(first.item()).toBe(2);
      twice(vector(2));
      expect(first.add(1).item()).toBe(3);
    });

    test('cannot be read, nor what needs them computed, once they are overwritten', () => {
      const twice = compile((x: Tensor) => x.mul(2), options);
      const first = twice(vector(1));
      const more = first.add(1);
      const second = twice(vector(2));
      expect(() => first.item()).toThrow(
        'compile: a result is read after another call has overwritten it; read it before that call, or compile without reuseResults',
      );
      expect(() => more.item()).toThrow('overwritten');
      expect(second.item()).toBe(4);
    });

    test('may be arguments of the next call', () => {
      const step = compile((x: Tensor) => x.add(1), options);
      let x = step(vector(0));
      for (let k = 0; k < 5; k++) x = step(k % 2 === 0 ? x : x.mul(2));
      expect(x.item()).toBe(14);
    });

    test('and the variables that change with them are both right', () => {
      const count = new Variable(vector(0));
      const fn = compile((x: Tensor) => {
        const before = count.mul(1);
        count.assign(count.add(x));
        return [before, count, count.mul(10)];
      }, options);
      expect(fn(vector(3)).map((y) => y.item())).toEqual([0, 3, 30]);
      expect(fn(vector(4)).map((y) => y.item())).toEqual([3, 7, 70]);
      expect(count.item()).toBe(7);
    });
  });

  test('a compiled function called while another is traced becomes part of it', () => {
    const inner = compile((x: Tensor) => x.mul(2));
    const outer = compile((x: Tensor) => inner(x).add(1));
    expect(outer(vector(3)).item()).toBe(7);
  });

  test('arguments may be results that nobody has read', () => {
    const step = compile((x: Tensor) => x.add(1));
    let x = step(vector(0));
    for (let k = 0; k < 5; k++) x = step(x.mul(2));
    expect(x.item()).toBe(63);
  });
});

test('a gradient that the function has used itself stays inside', () => {
  const { step, weight } = training();
  const run = compile(step);
  run(ones([4, 5]), ones([4, 3]));
  expect(() => weight.grad?.toArray()).toThrow('return it from the function');
  weight.grad = null;
  run(ones([4, 5]), ones([4, 3]));
});

describe('errors', () => {
  test('reading a value while the function is traced', () => {
    const read = compile((x: Tensor) => x.sum().item() + 1);
    expect(() => read(vector(1))).toThrow(
      'compile: the function reads a value while it is traced; return the tensor and read it outside',
    );
    // Nothing is left behind.
    expect(vector(1, 2).sum().item()).toBe(3);
  });

  test('what the function throws, and then variables are as before', () => {
    const count = new Variable(vector(1));
    const broken = compile(() => {
      count.assign(count.add(1));
      throw new Error('mine');
    });
    expect(() => broken()).toThrow('mine');
    expect(count.item()).toBe(1);
  });

  test('reading a tensor that was made inside', () => {
    let leaked: Tensor | undefined;
    const leak = compile((x: Tensor) => {
      leaked = x.add(1);
      return leaked;
    });
    leak(vector(1));
    expect(() => leaked?.item()).toThrow(
      'compile: a tensor that was made while a function was traced has no value of its own; return it from the function',
    );
  });

  test('an async function', () => {
    const late = compile(async (x: Tensor) => Promise.resolve(x));
    expect(() => late(vector(1))).toThrow('compile: the function must not be async');
  });

  test('a typed array as argument', () => {
    const fn = compile((x: unknown) => x);
    expect(() => fn({ x: new Float32Array(3) })).toThrow('compile: argument[0].x is a typed array');
  });

  test('gradients that would add up without end', () => {
    const weight = new Variable(vector(2), { requiresGrad: true });
    const step = compile(() => {
      weight.square().sum().backward();
      weight.assign(weight.sub(weight.grad as Tensor));
    });
    expect(() => step()).toThrow('have it call zeroGrad() before backward()');
    expect(weight.item()).toBe(2);
  });

  test('a gradient from outside', () => {
    const weight = new Variable(vector(2), { requiresGrad: true });
    const step = compile(() => {
      if (weight.grad !== null) weight.assign(weight.sub(weight.grad));
    });
    weight.square().sum().backward();
    expect(() => step()).toThrow('a gradient that was collected outside');
    expect([weight.grad?.item(), weight.item()]).toEqual([4, 2]);
  });

  test('variables made at every call', () => {
    const make = compile((x: Tensor) => new Variable(x));
    make(vector(1));
    expect(() => make(vector(1))).toThrow('compile: the function makes new variables at every call');
  });

  test('no function, or an unknown option', () => {
    expect(() => compile(3 as never)).toThrow('compile: expected a function, not 3');
    expect(() => compile(() => undefined, { fast: true } as never)).toThrow("compile: has no option 'fast'");
  });
});

describe('in debug mode', () => {
  test('a captured number that changes is an error that names both', () => {
    let rate = 0.5;
    const fn = compile((x: Tensor) => x.mul(rate), { debug: true });
    expect(fn(vector(2)).item()).toBe(1);
    rate = 0.25;
    expect(() => fn(vector(2))).toThrow(
      'compile: the function uses the number 0.25, which was 0.5 when it was traced; pass it as an argument or keep it in a Variable',
    );
    rate = 0.5;
    expect(fn(vector(4)).item()).toBe(2);
  });

  test('a captured tensor that changes is an error, one made anew with the same numbers is none', () => {
    let bias = vector(1);
    const fn = compile((x: Tensor) => x.add(bias).add(tensor([5])), { debug: true });
    expect([fn(vector(2)).item(), fn(vector(3)).item()]).toEqual([8, 9]);
    bias = vector(2);
    expect(() => fn(vector(2))).toThrow('that is not the one it used when it was traced');
    bias = vector(1, 2);
    expect(() => fn(vector(2))).toThrow('f32 [2]');
  });

  test('a decision that changes is an error', () => {
    let training = true;
    const fn = compile((x: Tensor) => (training ? x.exp() : x), { debug: true });
    fn(vector(2));
    training = false;
    expect(() => fn(vector(2))).toThrow('train() or eval()');
  });

  test('random numbers are drawn once a call', () => {
    const draw = compile(() => uniform([3]), { debug: true });
    manualSeed(4);
    const replayed = [draw(), draw(), draw()].map((x) => Array.from(x.data()));
    manualSeed(4);
    expect(replayed).toEqual([uniform([3]), uniform([3]), uniform([3])].map((x) => Array.from(x.data())));
  });
});

test('noGrad inside and outside', () => {
  const weight = new Variable(vector(2), { requiresGrad: true });
  const fn = compile((x: Tensor) => noGrad(() => weight.mul(x)).add(weight));
  expect(noGrad(() => fn(vector(3))).item()).toBe(8);
});

afterAll(() => setBackend('wasm'));
