import { writeFileSync } from 'node:fs';
import { temporaryFolder } from '@marquee/testkit';
import { parse } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseContracts } from '../gateway/src/contracts/contract-filter.ts';
import { withRecorded } from './operations-in-use.ts';
import { readTrustedDocuments } from './trusted-documents.ts';

const trusted = [
  {
    name: 'Page',
    document: parse(
      'query Page { titles(first: 20) { ...T } } fragment T on Title { name ...Y } fragment Y on Title { year }',
    ),
  },
];
/** As gateways record it: without literals. */
const recorded =
  'query Page { titles(first: 0) { ...T } } fragment T on Title { name ...Y } fragment Y on Title { year }';

function inUse(...usage: Parameters<typeof withRecorded>[1]) {
  return withRecorded(trusted, usage, 'usage.json').map(({ name, clients }) => [name, clients]);
}

describe('operations in use', () => {
  it('are told apart by what they ask for: an older version of a trusted document counts, too', () => {
    const older = 'query Page { titles(first: 0) { name director } }';
    expect(
      inUse(
        { operation: 'Page', document: recorded, client: 'tv', version: '2' },
        { operation: 'Page', document: older, client: 'tv', version: '1' },
      ),
    ).toEqual([
      ['Page', ['tv@2']],
      [expect.stringMatching(/^Page-[0-9a-f]{12}$/), ['tv@1']],
    ]);
  });

  it('are the same under two names, and for clients that were recorded without a document', () => {
    expect(
      inUse(
        { operation: 'Page-1f00', document: recorded, client: 'web' },
        { operation: 'Page', client: 'tv' },
        { operation: 'Page', client: 'tv', count: 12 },
      ),
    ).toEqual([['Page', ['tv', 'web']]]);
  });

  it('are none that were never sent', () => {
    expect(inUse({ operation: 'Old', document: '{ old }', client: 'tv', count: 0 })).toEqual([['Page', []]]);
  });

  it.each([
    [
      'a syntax error',
      { operation: 'Old', document: 'query {', client: 'tv' },
      /usage.json: Old .*Syntax Error/,
    ],
    [
      'no operation',
      { operation: 'Old', document: 'fragment T on Title { id }', client: 'tv' },
      /holds no operation/,
    ],
    ['nothing to judge by', { operation: 'Old', client: 'tv' }, /Old .*no trusted document/],
  ])('are refused with %s, by name of file and operation', (_, record, message) => {
    expect(() => inUse(record)).toThrow(message);
  });
});

describe('what is read from the repository', () => {
  it.each([
    ['{', /contracts.json is not JSON/],
    ['[{ "nam": 1 }]', /contracts.json: 0.name: /],
  ])('is named where it is wrong: contracts %s', (text, message) => {
    expect(() => parseContracts('contracts.json', text)).toThrow(message);
  });

  it('is named where it is wrong: trusted documents', () => {
    expect(() => readTrustedDocuments('/nowhere/at/all')).toThrow(
      /trusted documents cannot be read: .*nowhere/,
    );
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    writeFileSync(folder.file('Broken.graphql'), 'query Broken {\n  a {\n}');
    expect(() => readTrustedDocuments(folder.path)).toThrow(/Broken.graphql, line 3: Syntax Error/);
  });
});
