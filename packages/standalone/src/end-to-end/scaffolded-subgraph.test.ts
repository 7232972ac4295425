/** What `npm run new:subgraph` makes is served at once, by both profiles, with nothing edited by hand. */
import { join } from 'node:path';
import { describeOnServer, type MarqueeProcess, startMarquee } from '@marquee/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  copyOfRepository,
  type RepositoryCopy,
  runIn,
} from '../../../../schema/scaffold/test/repository-copy.ts';
import { ONLY_WHAT_SERVES } from './test/every-profile.ts';

/** Each start prepares a world, on a machine that may be busy. */
const START_MS = 240_000;
let copy: RepositoryCopy;
let marquee: MarqueeProcess | undefined;
beforeAll(async () => {
  copy = copyOfRepository();
  const made = await runIn(copy.root, 'schema/new-subgraph.ts', 'watch-party');
  expect(made.code, made.output).toBe(0);
}, 120_000);
afterEach(async () => {
  await marquee?.end('SIGTERM');
  marquee = undefined;
}, 60_000);
afterAll(() => copy.remove());

async function ask(url: string): Promise<unknown> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ watchParty(id: "one") { name } titles(first: 1) { nodes { id } } }' }),
  });
  return answer.json();
}

/** Only the subgraph itself knows what an id may be, so it was asked. */
async function refusal(url: string): Promise<unknown> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ watchParty(id: "") { name } }' }),
  });
  return answer.json();
}

async function expectServed(url: string): Promise<void> {
  expect(await ask(url)).toEqual({
    data: { watchParty: null, titles: { nodes: [{ id: expect.any(String) }] } },
  });
  expect(await refusal(url)).toMatchObject({
    errors: [{ message: 'id must have 1 to 128 characters', extensions: { code: 'BAD_USER_INPUT' } }],
  });
}

describe('a scaffolded subgraph', () => {
  it(
    'is served by npm start',
    async () => {
      marquee = await startMarquee({
        repository: copy.root,
        dataDirectory: join(copy.root, '.marquee-one'),
        args: ['--profiles', '12'],
        readyWithinMs: START_MS,
      });
      await expectServed(marquee.url);
    },
    START_MS + 10_000,
  );
});

describeOnServer(['redis-server', 'nats-server', 'postgres'], 'a scaffolded subgraph on real servers', () => {
  it(
    'is served by npm run start:distributed, from a process of its own',
    async () => {
      marquee = await startMarquee({
        repository: copy.root,
        profile: 'distributed',
        dataDirectory: join(copy.root, '.marquee-many'),
        args: ['--profiles', '12', ...ONLY_WHAT_SERVES],
        readyWithinMs: START_MS,
      });
      expect(marquee.output).toMatch(/watch-party :\d+/);
      await expectServed(marquee.url);
    },
    START_MS + 10_000,
  );
});
