import { describe, expect, it } from 'vitest';
import { lintRepository } from '../commands/composed-subgraphs.ts';
import type { SubgraphSdl } from '../composition.ts';
import { parseOwners } from '../owners/owners-file.ts';
import { type LintFinding, lint } from './lint.ts';
import { parseLintConfiguration } from './lint-configuration.ts';
import { LINT_RULES } from './rules.ts';

const OWNERS = {
  teams: {
    books: { contact: '#books', subgraphs: ['books'] },
    sales: { contact: '#sales', subgraphs: ['sales'] },
  },
};
const BOOKS = `
  "What can be asked." type Query {
    "A book." book("Its id." id: ID!): Book @tag(name: "partner")
    "All books." books("How many." first: Int = 20 "From where." after: String): BookConnection
      @listSize(slicingArguments: ["first"], sizedFields: ["nodes", "edges"], requireOneSlicingArgument: false)
  }
  "What can be changed." type Mutation { "Adds one." addBook("Which." input: AddBookInput!): AddBookPayload! }
  "Which book." input AddBookInput { "The title." title: String! "Its author." authorId: ID! }
  "What came of it." type AddBookPayload { "Why not." userErrors: [UserError!]! @listSize(assumedSize: 1) }
  "A failure." type UserError { "For people." message: String! }
  "A book." type Book @key(fields: "id") {
    "Opaque." id: ID! @tag(name: "partner")
    "Its title." title: String @deprecated(reason: "2027-01-01: use name")
    "How it is bound." binding: Binding
  }
  "How a book is bound." enum Binding { "Hard." HARD_COVER "Soft." PAPERBACK }
  "A page." type BookConnection { "E." edges: [BookEdge!]! "N." nodes: [Book!]! "P." pageInfo: PageInfo! }
  "An entry." type BookEdge { "Opaque." cursor: String! "It." node: Book! }
  "Where it lies." type PageInfo {
    "More?" hasNextPage: Boolean! "Before?" hasPreviousPage: Boolean! "First." startCursor: String "Last." endCursor: String
  }
`;
const SALES = `
  "A book." type Book @key(fields: "id") { "Opaque." id: ID! "What it costs, in cents." price: Int }
`;

function run(subgraphs: Readonly<Record<string, string>>, exceptions: readonly object[] = [], owned = {}) {
  return lint({
    subgraphs: Object.entries(subgraphs).map(([name, sdl]): SubgraphSdl => ({ name, sdl })),
    contracts: [{ name: 'partner', include: ['partner'], exclude: [], hideUnreachable: true }],
    owners: parseOwners(JSON.stringify({ ...OWNERS, owned: { Book: 'books', ...owned } })),
    configuration: parseLintConfiguration(JSON.stringify({ exceptions })),
  });
}

const shown = ({ rule, coordinate }: LintFinding) => `${rule} ${coordinate}`;
const replaced = (text: string, part: string, by: string) => {
  expect(text).toContain(part);
  return text.replace(part, by);
};

it('the shipped subgraphs keep all rules but those that schema/lint.json excuses', () => {
  expect(lintRepository().findings).toEqual([]);
});

describe('lint', () => {
  it('finds nothing where every rule is kept', () => {
    expect(run({ books: BOOKS, sales: SALES })).toEqual([]);
  });

  it.each([
    ['described', 'Query.book', 'books', '"A book." book', 'book'],
    ['described', 'Query.book(id:)', 'books', '"Its id." id', 'id'],
    ['described', 'Binding.PAPERBACK', 'books', '"Soft." PAPERBACK', '" " PAPERBACK'],
    ['described', 'AddBookInput', 'books', '"Which book." input', 'input'],
    [
      'names',
      'Book.long_title',
      'books',
      '"How it is bound."',
      '"Long." long_title: String "How it is bound."',
    ],
    ['names', 'Query.book(the_id:)', 'books', 'id: ID!): Book', 'id: ID! "Again." the_id: ID): Book'],
    ['enum-names', 'Binding.softCover', 'books', 'PAPERBACK', 'softCover'],
    ['enum-names', 'Binding.BINDING_SOFT', 'books', 'PAPERBACK', 'BINDING_SOFT'],
    ['ids', 'AddBookInput.authorId', 'books', 'authorId: ID!', 'authorId: String!'],
    ['ids', 'Query.book(id:)', 'books', 'id: ID!): Book', 'id: Int!): Book'],
    [
      'keys-are-known',
      'Book.isbn',
      'sales',
      '@key(fields: "id") {',
      '@key(fields: "id") @key(fields: "isbn shop { id }") { "Its number." isbn: String',
    ],
    [
      'reachable-types',
      'Orphan',
      'books',
      '"A failure."',
      '"Nobody\'s." type Orphan { "A." a: Int } "A failure."',
    ],
    ['dated-deprecations', 'Book.title', 'books', '2027-01-01: use name', 'use name'],
    ['dated-deprecations', 'Book.title', 'books', '2027-01-01: use name', '2027-02-30: use name'],
    ['dated-deprecations', 'Book.title', 'books', '(reason: "2027-01-01: use name")', ''],
    [
      'root-fields-may-fail',
      'Query.books',
      'books',
      'after: String): BookConnection',
      'after: String): BookConnection!',
    ],
    ['contributions-may-fail', 'Book.price', 'sales', 'price: Int', 'price: Int!'],
    ['list-items-are-there', 'Book.words', 'sales', '"What it', '"Said of it." words: [String] "What it'],
    ['list-items-are-there', 'Book.words', 'sales', '"What it', '"Said of it." words: [[String]!]! "What it'],
    [
      'list-items-are-there',
      'Query.book(editions:)',
      'books',
      '"Its id." id: ID!',
      '"Its id." id: ID! "Of it." editions: [Int]',
    ],
    ['overrides', 'Book.price', 'sales', 'price: Int', 'price: Int @override(from: "book")'],
    [
      'overrides',
      'Book.price',
      'sales',
      'price: Int',
      'price: Int @override(from: "books", label: "percent(5)")',
    ],
    ['bounded-lists', 'AddBookPayload.userErrors', 'books', '@listSize(assumedSize: 1)', ''],
    ['bounded-lists', 'Query.books', 'books', 'sizedFields: ["nodes", "edges"]', 'sizedFields: ["nodes"]'],
    ['connections', 'BookConnection', 'books', '"N." nodes: [Book!]!', ''],
    ['connections', 'BookEdge.cursor', 'books', 'cursor: String!', 'cursor: ID!'],
    ['connections', 'PageInfo.hasNextPage', 'books', 'hasNextPage: Boolean!', 'hasNextPage: Boolean'],
    ['connections', 'Query.books', 'books', '"From where." after: String', ''],
    ['mutations', 'Mutation.addBook', 'books', 'input: AddBookInput!', 'book: AddBookInput!'],
    ['mutations', 'Mutation.addBook', 'books', 'AddBookPayload! }', 'Book }'],
    ['mutations', 'AddBookPayload', 'books', 'userErrors: [UserError!]!', 'errors: [UserError!]!'],
    ['known-tags', 'Book.id', 'books', 'id: ID! @tag(name: "partner")', 'id: ID! @tag(name: "partners")'],
    ['partners-see-what-they-get', 'Query.book', 'books', 'id: ID! @tag(name: "partner")', 'id: ID!'],
  ])('%s: %s', (rule, coordinate, subgraph, part, by) => {
    const good = { books: BOOKS, sales: SALES };
    const findings = run({ ...good, [subgraph]: replaced(good[subgraph as 'books'], part, by) });
    expect(findings.map(shown)).toContain(`${rule} ${coordinate}`);
  });

  it('says place, subgraph, owner and the way out', () => {
    const [finding] = run({ books: BOOKS, sales: replaced(SALES, 'price: Int', '\n price: Int!') });
    expect(finding).toMatchObject({
      rule: 'contributions-may-fail',
      subgraph: 'sales',
      coordinate: 'Book.price',
      file: 'sales.graphql',
      line: 3,
      hint: 'make it Int',
      owner: 'sales',
    });
  });

  it('lets a field move by a label while both subgraphs have it, and without one after that', () => {
    const override = (given: string) => replaced(SALES, 'price: Int', `price: Int @override(${given})`);
    const both = replaced(
      BOOKS,
      '"How it is bound."',
      '"What it costs, in cents." price: Int "How it is bound."',
    );
    const owned = { 'Book.price': 'sales' };
    const byLabel = override('from: "books", label: "percent(5)"');
    expect(run({ books: both, sales: byLabel }, [], owned)).toEqual([]);
    expect(run({ books: BOOKS, sales: override('from: "books"') })).toEqual([]);
  });

  it('does not ask for descriptions of what is only a copy', () => {
    const copy = replaced(SALES, '"What it', 'title: String @external "What it');
    expect(run({ books: BOOKS, sales: copy })).toEqual([]);
  });

  it('excuses what is excused with a reason, and finds excuses that excuse nothing', () => {
    const sales = replaced(SALES, 'price: Int', 'price: Int!');
    const reason = 'Prices are read from a table that every process holds.';
    const exception = { rule: 'contributions-may-fail', coordinates: ['Book.price'], reason };
    expect(run({ books: BOOKS, sales }, [exception])).toEqual([]);
    expect(run({ books: BOOKS, sales: SALES }, [exception]).map(shown)).toEqual([
      'needed-exceptions Book.price',
    ]);
    expect(run({ books: BOOKS, sales }, [{ rule: 'contributions-may-fail', reason }])).toEqual([]);
    expect(run({ books: BOOKS, sales: SALES }, [{ rule: 'contributions-may-fail', reason }])).toHaveLength(1);
  });

  it('refuses excuses without a reason, and for rules that there are not', () => {
    const parse = (exception: object) => () =>
      parseLintConfiguration(JSON.stringify({ exceptions: [exception] }));
    expect(parse({ rule: 'names', reason: 'because' })).toThrow(/must say why/);
    expect(parse({ rule: 'no-names', reason: 'It never existed in the first place.' })).toThrow(
      /must be one of/,
    );
    expect(() => parseLintConfiguration('{')).toThrow(/not JSON/);
  });

  it('has a summary for each rule, and no rule twice', () => {
    expect(new Set(LINT_RULES.map(({ name }) => name)).size).toBe(LINT_RULES.length);
    for (const { summary } of LINT_RULES) expect(summary.length).toBeGreaterThan(30);
  });
});
