/**
 * @file Everything that nn exports, called with wrong arguments of all kinds: each call is an error of ours that names who
 * was called, or has a sound result. Afterwards everything works as before.
 */
import * as core from '../../core/src/index.ts';
import { membersOf } from '../../core/test/mutation/members.ts';
import { problemsOf, trainedBits } from '../../core/test/mutation/report.ts';
import * as nn from '../src/index.ts';
import * as node from '../src/node/index.ts';
import { dataEntries } from './support/mutation-data.ts';
import { nnEntries } from './support/mutation-entries.ts';
import { exceptions } from './support/mutation-exceptions.ts';
import { methodEntries } from './support/mutation-methods.ts';

// Starting the engine on a busy machine takes a while.
jest.setTimeout(60_000);

const entries = { ...nnEntries, ...methodEntries, ...dataEntries };

/** Whether a function is core's, or stands in nn itself and among `functional` and is called as one of both. */
function isCalledElsewhere(name: string): boolean {
  const [functions, outside]: Readonly<Record<string, unknown>>[] = [{ ...nn.functional }, { ...nn }];
  const own = name.replace('functional.', '');
  const value = name === own ? outside![own] : functions![own];
  const isBoth = value !== undefined && functions![own] === outside![own];
  return (
    Object.values<unknown>(core).includes(value) ||
    (isBoth && (own in entries || `functional.${own}` in entries))
  );
}

/** Whether it is a method that has no parameter, so that no argument of it can be wrong. */
function hasNoParameter(name: string): boolean {
  const [owner, key] = name.split('.');
  const Class = ({ ...nn } as Readonly<Record<string, { readonly prototype?: object }>>)[owner!];
  const method: unknown = Object.getOwnPropertyDescriptor(Class?.prototype ?? {}, key ?? '')?.value;
  return typeof method === 'function' && /^[^(]*\(\)/.test(String(method));
}

test('every function, class, method and setter has a right call to make wrong ones from, or a reason not to', () => {
  const all = [...membersOf({ ...nn }), ...membersOf({ ...node }).map((name) => `node.${name}`)];
  const uncalled = all.filter(
    (name) => !(name in entries) && !isCalledElsewhere(name) && !hasNoParameter(name),
  );
  expect(Object.keys(exceptions).sort()).toEqual(uncalled.sort());
});

const bits = trainedBits();

test.each(Object.entries(entries))('%s refuses or is right, and does no harm', async (name, entry) => {
  expect(await problemsOf(name, entry)).toEqual([]);
  expect(trainedBits()).toEqual(bits);
});
