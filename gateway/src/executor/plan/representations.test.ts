import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, type RunningGraph, representations, runGraph } from '../test/running-graph.ts';

const PETS = `
  type Query { pets: [Pet!] }
  type Pet @key(fields: "id") { id: ID! owners: [Owner] }
  type Owner @key(fields: "id") { id: ID! name: String }`;
const AGES = 'type Owner @key(fields: "id") { id: ID! age: Int! }';
const CONTACTS = `
  type Pet @key(fields: "id") { id: ID! owners: [Owner] @external contact: String @requires(fields: "owners { name age }") }
  type Owner @key(fields: "id") { id: ID! name: String @external age: Int! @external }`;

const owner = (id: string) => ({ __typename: 'Owner', id, name: `Owner ${id}` });
const pets = [
  { __typename: 'Pet', id: 'p1', owners: [owner('o1'), owner('o2')] },
  { __typename: 'Pet', id: 'p2', owners: [owner('o1'), null] },
  { __typename: 'Pet', id: 'p3', owners: null },
];

const running: RunningGraph[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((graph) => graph.stop()));
});

async function graph(ages: Answer, contacts?: Answer): Promise<RunningGraph> {
  const told: Answer = (fetch) => ({
    data: { _entities: representations(fetch).map(({ id }) => ({ contact: `of ${String(id)}` })) },
  });
  const made = await runGraph(
    { pets: PETS, ages: AGES, contacts: CONTACTS },
    { pets: () => ({ data: { pets } }), ages, contacts: contacts ?? told },
  );
  running.push(made);
  return made;
}
const ageOf = ({ id }: Record<string, unknown>) => ({ age: id === 'o1' ? 31 : 32 });

describe('an entity of which something required could not be fetched', () => {
  it('is not asked about, whatever of it there is; others are', async () => {
    const { ask, asked } = await graph((fetch) => ({
      data: { _entities: representations(fetch).map((sent) => (sent.id === 'o2' ? null : ageOf(sent))) },
      errors: [{ message: 'lost', path: ['_entities', 1] }],
    }));
    const { data, errors } = await ask('{ pets { contact } }');
    expect(data).toEqual({ pets: [{ contact: null }, { contact: 'of p2' }, { contact: 'of p3' }] });
    expect(errors?.map(({ message }) => message)).toContain('lost');
    expect(representations(asked.find(({ subgraph }) => subgraph === 'contacts')!)).toEqual([
      { __typename: 'Pet', id: 'p2', owners: [{ name: 'Owner o1', age: 31 }, null] },
      { __typename: 'Pet', id: 'p3', owners: null },
    ]);
  });
});

describe('entities that a subgraph answers', () => {
  const ages: Answer = (fetch) => ({ data: { _entities: representations(fetch).map(ageOf) } });

  it.each([
    // Nobody can tell which is which.
    ['fewer than it was asked about', [{ contact: 'a' }], [null, null, null]],
    [
      'more than it was asked about',
      ['a', 'b', 'c', 'd'].map((contact) => ({ contact })),
      [null, null, null],
    ],
    ['as null here and there', [null, { contact: 'b' }, null], [null, 'b', null]],
    ['as none', null, [null, null, null]],
    ['as what is none', [{ contact: 'a' }, 7, ['b']], ['a', null, null]],
    ['as one', { contact: 'a' }, [null, null, null]],
  ])('%s are null, and nothing else is', async (_name, entities, contacts) => {
    const { ask } = await graph(ages, () => ({ data: { _entities: entities } }));
    const { data, errors } = await ask('{ pets { id contact } }');
    expect(data).toEqual({ pets: contacts.map((contact, i) => ({ id: `p${i + 1}`, contact })) });
    if (entities !== null && !contacts.some(Boolean)) expect(errors).toHaveLength(1);
  });
});
