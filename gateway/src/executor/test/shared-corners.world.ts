/**
 * Small federations about what several subgraphs have and only some of them have whole: fields that one of them narrows,
 * interfaces of which each has other objects, fields of interfaces that have moved, requirements that lead back to where they came from.
 */
import type { Row, World } from './world.ts';

const byId = (rows: readonly Row[]) => (given: Record<string, unknown>) =>
  rows.find((row) => row.id === given.id) ?? null;

/** What is an animal to all is a cat to one: of a root field, of an entity, of an object without a key, in lists. */
function narrowedByOne(): World {
  const cats: Row[] = [0, 1].map((i) => ({
    __typename: 'Cat',
    id: `c${i}`,
    name: i === 1 ? null : `Cat ${i}`,
    lives: 9 - i,
    weight: i + 0.5,
    age: i,
  }));
  const dogs: Row[] = [0, 1].map((i) => ({
    __typename: 'Dog',
    id: `d${i}`,
    name: `Dog ${i}`,
    tricks: i * 2,
    weight: i * 10,
    age: i === 0 ? null : i,
  }));
  dogs.forEach((dog, i) => {
    Object.assign(dog, {
      friend: cats[i],
      chased: [cats[i], null],
      home: { __typename: 'Home', id: `h${i}`, guest: cats[1 - i], owner: dogs[i] },
    });
  });
  cats.forEach((cat, i) => {
    Object.assign(cat, {
      friend: i === 0 ? dogs[0] : null,
      chased: [dogs[i]],
      home: { __typename: 'Home', id: `h${i + 2}`, guest: cats[1 - i], owner: dogs[i] },
    });
  });
  return {
    keys: ['id'],
    rows: [...cats, ...dogs],
    roots: {
      animals: [dogs[0], cats[0], dogs[1]],
      pet: cats[0],
      pets: [cats[0], null, cats[1]],
      animal: byId([...cats, ...dogs]),
      dogs,
    },
    subgraphs: {
      narrow: `
        type Query { animals: [Animal!]! pet: Cat @shareable pets: [Cat] @shareable }
        interface Animal { id: ID! friend: Animal chased: [Animal] home: Home }
        type Cat implements Animal @key(fields: "id") {
          id: ID! friend: Dog @shareable chased: [Dog] @shareable home: Home @shareable lives: Int!
        }
        type Dog implements Animal @key(fields: "id") {
          id: ID! friend: Cat @shareable chased: [Cat] @shareable home: Home @shareable tricks: Int
        }
        type Home @shareable { guest: Cat owner: Animal }`,
      wide: `
        type Query { pet: Animal @shareable pets: [Animal] @shareable animal(id: ID!): Animal }
        interface Animal { id: ID! name: String friend: Animal chased: [Animal] }
        type Cat implements Animal @key(fields: "id") {
          id: ID! name: String friend: Animal @shareable chased: [Animal] @shareable home: Home @shareable
        }
        type Dog implements Animal @key(fields: "id") {
          id: ID! name: String friend: Animal @shareable chased: [Animal] @shareable home: Home @shareable
        }
        type Home @shareable { guest: Animal owner: Dog }`,
      weights: `
        type Query { dogs: [Dog!]! }
        interface Weighed { weight: Float }
        type Cat implements Weighed @key(fields: "id") { id: ID! weight: Float age: Int }
        type Dog implements Weighed @key(fields: "id") { id: ID! weight: Float age: Int }`,
    },
  };
}

/** Objects of one interface and of one union, each of which another subgraph knows to be one of them. */
function distributedObjects(): World {
  const toasters: Row[] = [0, 1].map((i) => ({
    __typename: 'Toaster',
    id: `t${i}`,
    warranty: i === 0 ? 24 : null,
    slots: i + 2,
    price: i + 0.5,
  }));
  const ovens: Row[] = [0, 1].map((i) => ({
    __typename: 'Oven',
    id: `o${i}`,
    warranty: 12 * i,
    heat: 200 + i,
    price: i === 1 ? null : 300,
  }));
  const fridges: Row[] = [{ __typename: 'Fridge', id: 'f0', warranty: 6, litres: 80, price: 99 }];
  const all = [...toasters, ...ovens, ...fridges];
  all.forEach((row, i) => {
    // Where toasters are known, only a fridge is known to stand beside anything.
    const beside = row.__typename === 'Toaster' ? fridges[0] : all[(i + 1) % all.length];
    Object.assign(row, { beside, stack: [[all[(i + 2) % all.length], null], []] });
  });
  return {
    keys: ['id'],
    rows: all,
    roots: {
      node: byId([...toasters, ...ovens]),
      toasters,
      appliances: [ovens[0], toasters[1]],
      ovens,
      cold: [fridges[0], null],
      warm: [toasters[0], ovens[1]],
    },
    subgraphs: {
      kitchen: `
        type Query { node(id: ID!): Node toasters: [Toaster] appliances: [Appliance!] }
        interface Node { id: ID! warranty: Int }
        union Appliance = Toaster | Oven
        type Toaster implements Node @key(fields: "id") { id: ID! warranty: Int beside: Thing }
        type Oven implements Node @key(fields: "id") { id: ID! warranty: Int }
        interface Thing { id: ID! }
        type Fridge implements Thing @key(fields: "id") { id: ID! warranty: Int }
        type Kettle implements Thing { id: ID! }`,
      heat: `
        type Query { ovens: [Oven!]! warm: [Warm] }
        union Warm = Oven | Toaster
        interface Thing { id: ID! }
        type Toaster implements Thing @key(fields: "id") { id: ID! slots: Int! }
        type Oven implements Thing @key(fields: "id") { id: ID! heat: Int beside: Thing stack: [[Thing]!] }
        type Fridge implements Thing @key(fields: "id") { id: ID! beside: Thing }`,
      cold: `
        type Query { cold: [Node] }
        interface Node { id: ID! price: Float }
        type Fridge implements Node @key(fields: "id") { id: ID! litres: Int price: Float stack: [[Node]!] }
        type Oven implements Node @key(fields: "id") { id: ID! price: Float }
        type Toaster implements Node @key(fields: "id") { id: ID! price: Float stack: [[Node]!] }`,
    },
  };
}

/** Fields of interfaces that have moved, some to subgraphs that do not know the interface, some from where nobody is any more. */
function movedOfInterfaces(): World {
  const posts: Row[] = [0, 1, 2].map((i) => ({
    __typename: i % 2 === 0 ? 'ImagePost' : 'TextPost',
    id: `i${i}`,
    createdAt: `day ${i}`,
    body: `Body ${i}`,
    likes: i === 2 ? null : i,
    pixels: i * 100,
    summary: (_: unknown, self: Row) => `${self.createdAt} (${self.likes ?? '-'})`,
  }));
  posts.forEach((post, i) => {
    Object.assign(post, { replies: [posts[(i + 1) % 3], null], parent: i === 0 ? null : posts[i - 1] });
  });
  return {
    keys: ['id'],
    rows: posts,
    roots: {
      feed: posts,
      images: [posts[0], posts[2]],
      anotherFeed: [posts[2], posts[1]],
      post: byId(posts),
    },
    subgraphs: {
      a: `
        type Query { feed: [Post] post(id: ID!): Post }
        interface Post { id: ID! createdAt: String! replies: [Post] }
        type ImagePost implements Post @key(fields: "id") {
          id: ID! createdAt: String! replies: [Post] likes: Int pixels: Int @override(from: "gone")
        }
        type TextPost implements Post @key(fields: "id") {
          id: ID! createdAt: String! @override(from: "b") body: String replies: [Post] likes: Int @override(from: "b")
        }`,
      b: `
        type Query { anotherFeed: [AnyPost] images: [ImagePost!]! }
        interface AnyPost { id: ID! createdAt: String! parent: AnyPost }
        type ImagePost implements AnyPost @key(fields: "id") {
          id: ID! createdAt: String! @override(from: "a") parent: AnyPost
        }
        type TextPost implements AnyPost @key(fields: "id") { id: ID! createdAt: String! likes: Int parent: AnyPost }`,
      c: `
        type ImagePost @key(fields: "id") {
          id: ID! createdAt: String! @external likes: Int @external summary: String @requires(fields: "createdAt likes")
        }
        type TextPost @key(fields: "id") {
          id: ID! createdAt: String! @external likes: Int @external summary: String @requires(fields: "createdAt likes")
        }`,
    },
  };
}

/** A field requires what another subgraph computes from what the first one has, behind an entity and an interface. */
function thereAndBack(): World {
  const authors: Row[] = [0, 1].map((i) => ({
    __typename: 'Author',
    id: `a${i}`,
    years: i * 12,
    name: i === 1 ? null : 'Ada',
  }));
  const homes: Row[] = [0, 1, 2].map((i) => ({
    __typename: i === 1 ? 'Office' : 'Home',
    id: `h${i}`,
    city: i === 2 ? null : `City ${i}`,
    street: `Street ${i}`,
  }));
  const yearsOf = (self: Row) => (self.author as Row | null)?.years as number | undefined;
  const posts: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'Post',
    id: `p${i}`,
    author: i === 2 ? null : authors[i],
    at: homes[i],
    title: `Post ${i}`,
    byNovice: (_: unknown, self: Row) => (yearsOf(self) ?? 0) < 5,
    byExpert: (_: unknown, self: Row) => {
      const novice = typeof self.byNovice === 'function' ? (yearsOf(self) ?? 0) < 5 : self.byNovice;
      return typeof novice === 'boolean' ? !novice : null;
    },
    place: (_: unknown, self: Row) => (self.at as Row | null)?.city ?? 'nowhere',
    where: (_: unknown, self: Row) => `${(self.at as Row).__typename} ${(self.at as Row).id}`,
  }));
  posts.forEach((post, i) => {
    Object.assign(post, { next: posts[(i + 1) % 3] });
  });
  authors.forEach((author, i) => {
    Object.assign(author, { posts: [posts[i], posts[2]], first: posts[i] });
  });
  return {
    keys: ['id'],
    rows: [...posts, ...authors, ...homes],
    roots: { feed: posts, post: byId(posts), authors, latest: posts[2] },
    subgraphs: {
      posts: `
        type Query { feed: [Post!]! post(id: ID!): Post }
        type Post @key(fields: "id") {
          id: ID! title: String author: Author next: Post at: Address
          byNovice: Boolean @external byExpert: Boolean @requires(fields: "byNovice")
        }
        interface Address { id: ID! }
        type Home implements Address @key(fields: "id") { id: ID! street: String }
        type Office implements Address @key(fields: "id") { id: ID! street: String }
        type Author @key(fields: "id") { id: ID! }`,
      experience: `
        type Query { authors: [Author!] }
        type Post @key(fields: "id") {
          id: ID! author: Author @external byNovice: Boolean @requires(fields: "author { years }")
        }
        type Author @key(fields: "id") { id: ID! years: Int! @external first: Post posts: [Post] }`,
      authors: `
        type Author @key(fields: "id") { id: ID! years: Int! name: String }
        type Home @key(fields: "id") { id: ID! city: String @shareable }
        type Office @key(fields: "id") { id: ID! city: String @shareable }`,
      places: `
        type Query { latest: Post }
        interface Address { id: ID! }
        type Home implements Address @key(fields: "id") { id: ID! city: String @external }
        type Office implements Address @key(fields: "id") { id: ID! city: String @external }
        type Post @key(fields: "id") {
          id: ID! at: Address @external
          place: String @requires(fields: "at { ... on Home { city } ... on Office { city } }")
          where: String @requires(fields: "at { __typename id }")
        }`,
    },
  };
}

/** Extended in the ways of both versions of the specification: keys that are external, fields that nobody needs to be external. */
function extended(): World {
  const users: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'User',
    id: `u${i}`,
    name: i === 1 ? null : `User ${i}`,
    nick: `nick ${i}`,
    rid: `r${i}`,
    score: i * 2,
    badge: (_: unknown, self: Row) => `${self.name ?? '?'}/${self.nick}`,
  }));
  users.forEach((user, i) => {
    Object.assign(user, { buddy: users[(i + 1) % 3], team: [users[(i + 2) % 3], null] });
  });
  return {
    keys: ['id'],
    rows: users,
    federation1: ['old', 'older'],
    roots: {
      users,
      randomUser: users[1],
      provided: users[2],
      ranked: [users[2], users[0]],
      user: byId(users),
    },
    subgraphs: {
      old: `
        type Query { users: [User!]! user(id: ID!): User }
        type User @key(fields: "id") { id: ID! name: String nick: String buddy: User }`,
      older: `
        extend type Query { randomUser: User provided: User @provides(fields: "name") }
        extend type User @key(fields: "id") { id: ID! @external name: String @external nick: String @external rid: ID
          badge: String @requires(fields: "name nick") }`,
      next: `
        extend type Query { ranked: [User] @provides(fields: "nick") }
        extend type User @key(fields: "id") { id: ID! @external nick: String @external score: Int team: [User] }`,
    },
  };
}

/** Lists are known by what is in them, the deeper the further away; nobody but those who have it knows what was selected. */
function listsInKeys(): World {
  const categories: Row[] = [0, 1].map((i) => ({
    __typename: 'Category',
    id: `g${i}`,
    tag: `tag ${i}`,
    main: null,
  }));
  const products: Row[] = [0, 1, 2].map((i) => ({
    __typename: 'Product',
    id: `p${i}`,
    pid: `pid${i}`,
    category: categories[i % 2],
    price: i === 2 ? null : i * 9.5,
    stock: i,
  }));
  categories.forEach((category, i) => {
    Object.assign(category, { main: products[i] });
  });
  const lists: Row[] = [0, 1].map((i) => ({
    __typename: 'Basket',
    id: `l${i}`,
    items: products.slice(i, i + 2),
    selected: products[i + 1],
    first: products[i],
    total: i * 100,
    note: i === 0 ? null : 'Note',
  }));
  return {
    keys: ['id', 'items'],
    rows: [...categories, ...products, ...lists],
    roots: { top: lists[1], baskets: [lists[0], null, lists[1]], product: byId(products) },
    subgraphs: {
      baskets: `
        type Query { top: Basket! baskets: [Basket] }
        type Basket @key(fields: "items { id }") { items: [Product!]! }
        type Product @key(fields: "id") { id: ID! category: Category @shareable }
        type Category @key(fields: "id") { main: Product @shareable id: ID! tag: String @shareable }`,
      links: `
        type Product @key(fields: "id") @key(fields: "id pid") { id: ID! pid: String! }`,
      lists: `
        type Basket @key(fields: "items { id pid }") { items: [Product!]! first: Product @shareable selected: Product @shareable }
        type Product @key(fields: "id pid") { id: ID! pid: String! }`,
      prices: `
        type Query { product(id: ID!): Product }
        type Basket @key(fields: "items { id pid category { id tag } } selected { id }") {
          items: [Product!]! selected: Product @shareable first: Product @shareable total: Int note: String
        }
        type Product @key(fields: "id pid category { id tag }") {
          id: ID! pid: String! price: Float category: Category @shareable
        }
        type Category @key(fields: "id tag") { id: ID! tag: String }`,
      stock: `
        type Product @key(fields: "pid id") { id: ID! pid: String! stock: Int }`,
    },
  };
}

/** An interface that one subgraph has as an object, and whose objects others extend without knowing the interface. */
function extendedBesideStandIns(): World {
  const makers: Row[] = [0, 1].map((i) => ({
    __typename: 'Maker',
    id: `m${i}`,
    city: i === 0 ? 'Oslo' : null,
  }));
  const goods: Row[] = [0, 1, 2].map((i) => ({
    __typename: i === 1 ? 'Bike' : 'Car',
    id: `g${i}`,
    name: i === 2 ? null : `Good ${i}`,
    price: i * 1.5,
    wheels: i === 1 ? 2 : 4,
    gears: 7,
    fuel: `Fuel ${i}`,
    maker: makers[i % 2],
    label: (_: unknown, self: Row) => `${self.price} ${(self.maker as Row).id}`,
  }));
  goods.forEach((good, i) => {
    Object.assign(good, { likes: [goods[(i + 1) % 3], null], pair: i === 0 ? goods[1] : null });
  });
  makers.forEach((maker, i) => {
    Object.assign(maker, { goods: [goods[i], goods[2]], best: goods[1 - i] });
  });
  return {
    keys: ['id'],
    rows: [...makers, ...goods],
    roots: {
      goods,
      good: byId(goods),
      cheap: [goods[1], goods[0]],
      cars: [goods[0], goods[2]],
      maker: makers[0],
    },
    subgraphs: {
      goods: `
        type Query { goods: [Good!]! good(id: ID!): Good }
        interface Good @key(fields: "id") { id: ID! name: String maker: Maker! }
        type Car implements Good @key(fields: "id") { id: ID! name: String maker: Maker! fuel: String }
        type Bike implements Good @key(fields: "id") { id: ID! name: String maker: Maker! gears: Int! }
        type Maker @key(fields: "id") { id: ID! }`,
      prices: `
        type Query { cheap: [Good!] }
        type Good @interfaceObject @key(fields: "id") {
          id: ID! price: Float likes: [Good] maker: Maker! @external label: String @requires(fields: "maker { id }")
        }
        type Maker @key(fields: "id") { id: ID! goods: [Good!] best: Good }`,
      wheels: `
        type Query { cars: [Car!]! maker: Maker }
        type Car @key(fields: "id") { id: ID! wheels: Int pair: Bike }
        type Bike @key(fields: "id") { id: ID! wheels: Int }
        type Maker @key(fields: "id") { id: ID! city: String }`,
    },
  };
}

export const sharedCorners: Readonly<Record<string, World>> = {
  'what one subgraph narrows': narrowedByOne(),
  'objects of which each knows others': distributedObjects(),
  'moved fields of interfaces': movedOfInterfaces(),
  'requirements there and back': thereAndBack(),
  'types that are extended': extended(),
  'lists in keys': listsInKeys(),
  'objects that are extended beside what stands for their interface': extendedBesideStandIns(),
};
