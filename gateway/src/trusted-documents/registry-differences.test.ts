import { describe, expect, it } from 'vitest';
import { deprecated, published, type RegistryState, retired } from './operation-registry.ts';
import { registryDifferences } from './registry-differences.ts';

const AT = Date.UTC(2026, 11, 31) / 1000;
const named = (...names: string[]) =>
  names.map((name) => ({ id: `id-${name}`, name, text: `query ${name} { __typename }` }));
const web = { client: 'web', version: '1.0', at: AT };
const first = published([], named('A', 'B', 'C', 'D', 'E'), web);
const all = (state: RegistryState, change: (state: RegistryState, id: string) => RegistryState) =>
  state.reduce((so, { id }) => change(so, id), state);

describe('what a revision changed', () => {
  it.each<[string, RegistryState, RegistryState, readonly string[]]>([
    ['nothing', first, first, []],
    ['the first', [], first, ['published 5 for web 1.0 on 2026-12-31, 5 new']],
    [
      'another version, with one operation more',
      first,
      published(first, named('A', 'F'), { ...web, version: '1.1' }),
      ['published 2 for web 1.1 on 2026-12-31, 1 new'],
    ],
    ['an end', first, deprecated(first, 'id-A', { at: AT }), ['deprecated A on 2026-12-31']],
    [
      'another end for what had one',
      deprecated(first, 'id-A', { at: AT }),
      deprecated(first, 'id-A', { at: AT, sunset: AT + 1 }),
      ['deprecated A on 2026-12-31'],
    ],
    ['a retirement', first, retired(first, 'id-B', { at: AT }), ['retired B on 2026-12-31']],
    [
      'many',
      first,
      all(first, (state, id) => retired(state, id, { at: AT })),
      ['retired A, B, C and 2 more on 2026-12-31'],
    ],
    [
      'a way back',
      retired(deprecated(first, 'id-A', { at: AT }), 'id-B', { at: AT }),
      first.slice(0, 4),
      ['not deprecated any more A', 'not retired any more B', 'without E'],
    ],
    [
      'one without a name',
      [],
      published([], [{ id: 'f'.repeat(64), name: undefined, text: '{ __typename }' }], web),
      ['published 1 for web 1.0 on 2026-12-31, 1 new'],
    ],
  ])('is said: %s', (_, before, after, said) => {
    expect(registryDifferences(before, after)).toEqual(said);
  });
});
