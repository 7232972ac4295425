/** Where one response name stands for different fields of one object, by what stands above it. */
import type { Row, World } from './world.ts';

const owners: Row[] = [0, 1].map((i) => ({
  __typename: 'Owner',
  id: `o${i}`,
  age: 30 + i,
  legs: 2,
  code: `code ${i}`,
  title: `Owner ${i}`,
  told: ({ by }: Record<string, unknown>) => `o${i} by ${by ?? 1}`,
}));
const pets: Row[] = [0, 1, 2].map((i) => ({
  __typename: ['Cat', 'Dog', 'Bird'][i] as string,
  id: `p${i}`,
  name: `Pet ${i}`,
  owner: owners[i % 2],
  former: owners[(i + 1) % 2],
}));
owners.forEach((owner, i) => {
  Object.assign(owner, { best: pets[i], other: pets[i + 1], pets: [pets[i], pets[i + 1]] });
});

export const nestedAliases: World = {
  keys: ['id'],
  rows: [...owners, ...pets],
  roots: { pets, pet: pets[1], owners },
  subgraphs: {
    pets: `
      type Query { pets: [Pet!]! pet: Pet }
      interface Pet { id: ID! owner: Owner }
      type Cat implements Pet @key(fields: "id") { id: ID! owner: Owner former: Owner }
      type Dog implements Pet @key(fields: "id") { id: ID! owner: Owner former: Owner }
      type Bird implements Pet @key(fields: "id") { id: ID! owner: Owner former: Owner }
      type Owner @key(fields: "id") { id: ID! }`,
    owners: `
      type Query { owners: [Owner!] }
      interface Pet { id: ID! }
      type Owner @key(fields: "id") {
        id: ID! age: Int legs: Int code: String title: String told(by: Int): String best: Pet other: Pet pets: [Pet]
      }
      type Cat implements Pet @key(fields: "id") { id: ID! name: String }
      type Dog implements Pet @key(fields: "id") { id: ID! name: String }
      type Bird implements Pet @key(fields: "id") { id: ID! name: String }`,
  },
};
