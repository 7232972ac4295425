/** Interfaces that are entities, objects that stand for interfaces, unions, and types that clients do not see. */
import type { Row, World } from './world.ts';

const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

const headlineOf = (self: Row) => (typeof self.title === 'string' ? `${self.title}!` : null);
const captionOf = (self: Row) =>
  self.__typename === 'Film' ? 'a film' : `rated ${self.rating ?? 'by nobody'}`;
const loud = (value: unknown, self: Row) => {
  const text = typeof value === 'function' ? (value as (given: object, of: Row) => unknown)({}, self) : value;
  return typeof text === 'string' ? text.toUpperCase() : null;
};

const people: Row[] = [0, 1].map((i) => ({
  __typename: 'Person',
  id: `n${i}`,
  name: `Person ${i}`,
  born: i === 0 ? 1950 : null,
}));
const media: Row[] = [0, 1, 2, 3].map((i) => ({
  __typename: i % 2 === 0 ? 'Book' : 'Film',
  id: `m${i}`,
  title: `Title ${i}`,
  creator: i === 3 ? null : at(people, i),
  pages: 100 * i,
  minutes: 90 + i,
  edition: (given: Record<string, unknown>) => `edition ${given.number ?? 1} of ${i}`,
  rating: i === 2 ? null : i + 0.5,
  mood: at(['CALM', 'LOUD'], i),
  headline: (_: unknown, self: Row) => headlineOf(self),
  // Of an object of its own, and of the object that stands for the interface.
  banner: (_: unknown, self: Row) => loud(self.headline, self),
  caption: (_: unknown, self: Row) => captionOf(self),
  shout: (_: unknown, self: Row) => loud(self.caption, self),
}));
const comments: Row[] = media.map((about, i) => ({
  __typename: 'Comment',
  id: `c${i}`,
  text: `Comment ${i}`,
  about,
}));
media.forEach((row, i) => {
  Object.assign(row, {
    comments: [comments[i], at(comments, i + 1)],
    sequel: i < 2 ? media[i + 2] : null,
    similar: [at(media, i + 1), null],
  });
});
people.forEach((person) => {
  const works = media.filter(({ creator }) => creator === person);
  Object.assign(person, { films: works.filter(({ __typename }) => __typename === 'Film'), best: works[0] });
});

export const library: World = {
  keys: ['id'],
  rows: [...people, ...media],
  roots: {
    media,
    item: ({ id }: Record<string, unknown>) => media.find((row) => row.id === id) ?? null,
    shelf: {
      __typename: 'Shelf',
      id: 's',
      items: [[media[0], media[1]], [], [null, media[2]]],
      best: media[3],
      owner: people[0],
    },
    topRated: [media[2], media[1]],
    newest: media[0],
    person: people[1],
  },
  subgraphs: {
    library: `
      type Query { media: [Media!]! item(id: ID!): Media shelf: Shelf }
      interface Media @key(fields: "id") { id: ID! title: String! creator: Person sequel: Media caption: String }
      type Book implements Media @key(fields: "id") {
        id: ID! title: String! creator: Person sequel: Media pages: Int edition(number: Int): String
        headline: String @external banner: String @requires(fields: "headline")
        rating: Float @external caption: String @requires(fields: "rating")
      }
      type Film implements Media @key(fields: "id") {
        id: ID! title: String! creator: Person sequel: Media minutes: Int! edition(number: Int): String!
        caption: String
      }
      type Person @key(fields: "id") { id: ID! name: String! }
      union Work = Book | Film
      type Shelf { items: [[Media]!] best: Work owner: Person! }`,
    ratings: `
      enum Mood { CALM LOUD }
      type Query { topRated: [Media!]! newest: Media }
      type Media @interfaceObject @key(fields: "id") {
        id: ID! rating: Float mood: Mood comments: [Comment!] similar: [Media]
        title: String! @external headline: String @requires(fields: "title")
        caption: String @external shout: String @requires(fields: "caption")
      }
      type Comment { text: String! about: Media! }`,
    people: `
      type Query { person: Person }
      type Film @key(fields: "id", resolvable: false) { id: ID! }
      type Book @key(fields: "id", resolvable: false) { id: ID! }
      union Best = Book | Film
      type Person @key(fields: "id") { id: ID! born: Int films: [Film!]! best: Best }`,
  },
};
