import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { repositoryRoot } from '../repository.ts';
import { newSubgraph } from './new-subgraph.ts';
import { subgraphNames } from './subgraph-names.ts';
import { copyOfRepository, runIn } from './test/repository-copy.ts';

const REGISTRY = 'packages/standalone/src/self-contained-subgraphs.ts';
/** Everything in it is started as a process of its own, on a machine that may be busy. */
const DEPLOYMENT_TESTS = ['compose', 'kubernetes', 'image', 'observability'].map(
  (name) => `docker/${name}.test.ts`,
);
const DEADLINE_MS = 360_000;

describe('npm run new:subgraph', () => {
  it(
    'makes a subgraph that composes, passes the checks and its own test, and is part of what is served',
    async () => {
      const { root, remove } = copyOfRepository();
      onTestFinished(remove);
      const made = await runIn(root, 'schema/new-subgraph.ts', 'watch-party', '--owner', 'viewers');
      expect(made.output).toContain('npx vitest run subgraphs/watch-party');
      expect(made.code).toBe(0);

      const read = (path: string) => readFileSync(join(root, path), 'utf8');
      expect(read('schema/api.graphql')).toContain('type WatchParty {');
      expect(JSON.parse(read('schema/owners.json')).teams.viewers.subgraphs).toEqual([
        'user-profile',
        'watch-party',
      ]);
      expect(read(REGISTRY)).toContain('= [createWatchPartySubgraph]');
      // By hand it would be one word.
      const before = readFileSync(join(repositoryRoot, 'schema/owners.json'), 'utf8');
      expect(read('schema/owners.json')).toBe(
        before.replace('["user-profile"]', '["user-profile", "watch-party"]'),
      );

      const biome = 'node_modules/@biomejs/biome/bin/biome';
      writeFileSync(
        join(root, 'tsconfig.new.json'),
        JSON.stringify({
          extends: './tsconfig.json',
          include: ['subgraphs/watch-party', REGISTRY, 'packages/standalone/src/distributed'],
        }),
      );
      for (const check of [
        ['schema/compose.ts', '--check'],
        ['schema/codegen.ts', '--check'],
        [
          biome,
          'format',
          'subgraphs/watch-party',
          'schema/owners.json',
          REGISTRY,
          'packages/standalone/package.json',
        ],
        [biome, 'lint', '--error-on-warnings', 'subgraphs/watch-party', REGISTRY],
        ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.new.json'],
        // Compose, the image, Kubernetes and Prometheus know it, each with what it needs and nothing else.
        ['node_modules/vitest/vitest.mjs', 'run', 'subgraphs/watch-party', ...DEPLOYMENT_TESTS],
      ]) {
        const { code, output } = await runIn(root, ...check);
        expect({ check, output: code === 0 ? '' : output }).toEqual({ check, output: '' });
      }

      const more =
        (name: string, options: { owner?: string } = {}) =>
        () =>
          newSubgraph({ root, name, ...options, run: () => undefined, print: () => undefined });
      for (const [name, reason] of [
        ['watch-party', /subgraphs\/watch-party already/],
        ['monitor', /workers\/monitor already/],
        ['title', /type Title already/],
        ['home', /type Home already/],
      ] as const) {
        expect(more(name)).toThrow(reason);
      }
      // A slip of the pen makes no team, nor does a name that every object has.
      const unknown = /knows no team "(viewer|constructor)", but platform, .*--new-team/;
      for (const owner of ['viewer', 'constructor']) expect(more('guest-book', { owner })).toThrow(unknown);
      expect(existsSync(join(root, 'subgraphs/guest-book'))).toBe(false);
      // Left by a tree with the same modules, or by a branch that had a subgraph of this name.
      symlinkSync('../../elsewhere/guest-book', join(root, 'node_modules/@marquee/guest-book'));
      expect(more('guest-book')).not.toThrow();
      expect(read(REGISTRY)).toContain('= [createWatchPartySubgraph, createGuestBookSubgraph]');
      expect(JSON.parse(read('schema/owners.json')).teams['guest-book']).toEqual({
        contact: '#guest-book',
        subgraphs: ['guest-book'],
      });
      for (const file of [
        'docker/compose.yaml',
        'docker/Dockerfile',
        'docker/prometheus/prometheus.yaml',
        'docker/kubernetes/kustomization.yaml',
        'docker/kubernetes/gateway.yaml',
        'docker/kubernetes/network-policies.yaml',
        'packages/standalone/src/distributed/further-subgraphs.ts',
      ]) {
        for (const name of ['watch-party', 'guest-book']) expect(read(file), file).toContain(name);
      }
    },
    DEADLINE_MS,
  );

  it.each([
    '',
    'Watch',
    'watch_party',
    'watch--party',
    '-watch',
    '../watch',
    '9lives',
    'query',
    'class',
    'tls-ca',
    'a'.repeat(41),
  ])('refuses the name %j', (name) => {
    expect(() => subgraphNames(name)).toThrow(/no name for a subgraph/);
  });
});
