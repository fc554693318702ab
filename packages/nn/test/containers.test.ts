/**
 * @file Containers hold modules in order, give them by position or name, and are seen through by everything that a module does.
 */
import { gradient, ones, type Tensor, zeros } from '@windfall/core';
import {
  Dropout,
  Identity,
  Linear,
  Module,
  ModuleDict,
  ModuleList,
  ReLU,
  Sequential,
  Sigmoid,
  Tanh,
} from '../src/index.ts';

const names = (module: Module): string[] => Object.keys(module.stateDict());

describe('Sequential', () => {
  test('gives its modules by position, from either end, and counts and visits them', () => {
    const modules = [new Linear(2, 3), new ReLU(), new Linear(3, 1)];
    const net = new Sequential(...modules);
    expect(net.length).toBe(3);
    expect([net[0], net[1], net[2], net[3]]).toEqual([...modules, undefined]);
    expect(net.at(-1)).toBe(modules[2]);
    expect([...net]).toEqual(modules);
    expect(net.children()).toEqual(modules);
    expect(net.namedChildren().map(([name]) => name)).toEqual(['0', '1', '2']);
  });

  const named: [string, () => Sequential][] = [
    ['an object', () => new Sequential({ hidden: new Linear(2, 3), act: new ReLU() })],
    [
      'pairs',
      () =>
        new Sequential([
          ['hidden', new Linear(2, 3)],
          ['act', new ReLU()],
        ]),
    ],
    [
      'a Map',
      () =>
        new Sequential(
          new Map<string, Module>([
            ['hidden', new Linear(2, 3)],
            ['act', new ReLU()],
          ]),
        ),
    ],
  ];

  test.each(named)('takes names from %s', (_kind, make) => {
    const net = make();
    expect(names(net)).toEqual(['hidden.weight', 'hidden.bias']);
    expect(net.get('act')).toBeInstanceOf(ReLU);
    expect(net[1]).toBe(net.get('act'));
    expect((net as unknown as Record<string, Module>)['hidden']).toBe(net[0]);
    expect(net.forward(ones([4, 2])).shape).toEqual([4, 3]);
    expect(String(net)).toContain('(act): ReLU()');
  });

  test('keeps the order of names that look like positions', () => {
    const net = new Sequential([
      ['b', new Linear(2, 3)],
      ['7', new Linear(3, 1)],
    ]);
    expect(net.namedChildren().map(([name]) => name)).toEqual(['b', '7']);
    expect(net.forward(ones([1, 2])).shape).toEqual([1, 1]);
  });

  test('grows at the end, and has others put in the place of its modules', () => {
    const net = new Sequential(new Linear(2, 3));
    expect(net.append(new Linear(3, 1))).toBe(net);
    expect(names(net)).toEqual(['0.weight', '0.bias', '1.weight', '1.bias']);
    net[0] = new Identity();
    expect(names(net)).toEqual(['1.weight', '1.bias']);
    expect(net.forward(ones([1, 3])).shape).toEqual([1, 1]);
    expect(() => {
      net[0] = 5 as any;
    }).toThrow('Sequential: what is named 0 is a module, not 5');
  });

  test('is sliced into a part that shares its modules and their names', () => {
    const net = new Sequential(new Linear(2, 3), new ReLU(), new Linear(3, 1));
    const head = net.slice(1);
    expect([...head]).toEqual([net[1], net[2]]);
    expect(names(head)).toEqual(['2.weight', '2.bias']);
    expect([...net.slice(0, -1)]).toEqual([net[0], net[1]]);
  });

  test('may contain others, and a part of itself twice', () => {
    const shared = new Linear(2, 2);
    const net = new Sequential(shared, new Sequential(new Tanh(), shared));
    expect(net.namedParameters().map(([name]) => name)).toEqual(['0.weight', '0.bias']);
    expect(names(net)).toEqual(['0.weight', '0.bias', '1.1.weight', '1.1.bias']);
  });

  test('lists what a class that extends it has besides, without calling it', () => {
    class Net extends Sequential {
      readonly extra = new Linear(5, 5);
    }
    const net = new Net(new Linear(2, 3));
    expect(names(net)).toEqual(['0.weight', '0.bias', 'extra.weight', 'extra.bias']);
    expect(net.forward(ones([1, 2])).shape).toEqual([1, 3]);
  });
});

describe('ModuleList', () => {
  test('is a list: indexed, counted, visited, appended to, extended and inserted into', () => {
    const [a, b, c, d] = [new ReLU(), new Tanh(), new Sigmoid(), new Identity()];
    const list = new ModuleList<Module>([a]);
    list.append(c).extend([d]).insert(1, b);
    expect([...list]).toEqual([a, b, c, d]);
    expect([list.length, list[1], list.at(-1), list[4]]).toEqual([4, b, d, undefined]);
    list[0] = d;
    expect(list.children()[0]).toBe(d);
    expect([...new ModuleList()]).toEqual([]);
  });

  test('has the parameters of its modules, under their positions', () => {
    class Net extends Module {
      readonly layers = new ModuleList([new Linear(2, 3), new Linear(3, 1)]);

      forward(x: Tensor): Tensor {
        return [...this.layers].reduce((value, layer) => layer.forward(value).tanh(), x);
      }
    }
    const net = new Net();
    expect(names(net)).toEqual(['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']);
    expect(net.layers[0]!.inFeatures).toBe(2);
    const slopes = gradient(net.forward(ones([1, 2])).sum(), net.parameters());
    expect(slopes.map(({ shape }) => shape)).toEqual([[3, 2], [3], [1, 3], [1]]);
  });

  test('passes on train and eval', () => {
    const list = new ModuleList([new Dropout()]);
    expect(list.eval()[0]!.training).toBe(false);
    expect(list.train()[0]!.training).toBe(true);
  });

  test('holds on an error what it held', () => {
    const list = new ModuleList<Module>([new ReLU()]);
    expect(() => list.extend([new Tanh(), 5 as any])).toThrow(
      'ModuleList: what is named 2 is a module, not 5',
    );
    expect(list.length).toBe(1);
  });
});

describe('ModuleDict', () => {
  test('gives modules by name, with the methods of a Map', () => {
    const dict = new ModuleDict({ left: new Linear(2, 3), right: new Identity() });
    expect(dict.get('left').inFeatures).toBe(2);
    expect([dict.size, dict.has('left'), dict.has('up')]).toEqual([2, true, false]);
    expect([...dict.keys()]).toEqual(['left', 'right']);
    expect([...dict.values()]).toEqual([dict.get('left'), dict.get('right')]);
    expect([...dict]).toEqual([...dict.entries()]);
    expect(names(dict)).toEqual(['left.weight', 'left.bias']);
  });

  test('keeps a name in its place when it gets another module, and forgets what is deleted', () => {
    const dict = new ModuleDict<Record<string, Module>>([
      ['2', new ReLU()],
      ['1', new Tanh()],
    ]);
    dict.set('2', new Sigmoid()).update({ zero: new Identity() });
    expect([...dict.keys()]).toEqual(['2', '1', 'zero']);
    expect(dict.get('2')).toBeInstanceOf(Sigmoid);
    expect([dict.delete('1'), dict.delete('1')]).toEqual([true, false]);
    expect([...dict.keys()]).toEqual(['2', 'zero']);
  });

  test('allows names of its own methods', () => {
    const dict = new ModuleDict({ get: new ReLU(), forward: new Tanh(), training: new Identity() });
    expect(dict.get('forward')).toBeInstanceOf(Tanh);
    expect(dict.eval().training).toBe(false);
  });
});

const refusals: [message: string, call: () => unknown][] = [
  ['Sequential: argument 0 is a module, not 5', () => new Sequential(5 as any)],
  [
    'Sequential: argument 0 is a module, not an object of class Tensor',
    () => new Sequential(zeros([1]) as any),
  ],
  ['Sequential: argument 1 is a module, not an array', () => new Sequential(new ReLU(), [] as any)],
  [
    'Sequential: entry 0 is a pair of a name and a module, not an object of class ReLU',
    () => new Sequential([new ReLU()] as any),
  ],
  ['Sequential: what is named a is a module, not null', () => new Sequential({ a: null as any })],
  [
    'Sequential: a name is not empty and has no dots, which join names, but one is the string "a.b"',
    () => new Sequential({ 'a.b': new ReLU() }),
  ],
  [
    'Sequential: there are two modules named a',
    () =>
      new Sequential([
        ['a', new ReLU()],
        ['a', new ReLU()],
      ]),
  ],
  [
    'Sequential: a module cannot be named forward, as a property of its container is',
    () => new Sequential({ forward: new ReLU() }),
  ],
  ['Sequential: has no module named the string "a"', () => new Sequential().get('a')],
  [
    'ModuleList: expected an array of modules, not an object of class ReLU',
    () => new ModuleList(new ReLU() as any),
  ],
  [
    'ModuleList: the position is a whole number from 0 to 0, not 1',
    () => new ModuleList().insert(1, new ReLU()),
  ],
  ['ModuleList: has no forward of its own', () => (new ModuleList() as Module).forward(ones([1]))],
  ['ModuleDict: has no forward of its own', () => (new ModuleDict() as Module).forward(ones([1]))],
  ['ModuleDict: expected modules by name, as an object or as pairs, not 5', () => new ModuleDict(5 as any)],
  ['ModuleDict: what is named a is a module, not 5', () => new ModuleDict({ a: 5 as any })],
  [
    'ModuleDict: has no module named the string "b", only a',
    () => new ModuleDict({ a: new ReLU() }).get('b' as any),
  ],
  ['ModuleDict: a name is not empty', () => new ModuleDict().set('', new ReLU())],
];

test.each(refusals)('%s', (message, call) => {
  expect(call).toThrow(message);
});
