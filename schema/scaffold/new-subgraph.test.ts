import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { repositoryRoot } from '../repository.ts';
import { newSubgraph } from './new-subgraph.ts';
import { subgraphNames } from './subgraph-names.ts';

const execute = promisify(execFile);
const FILES = ['package.json', 'tsconfig.json', 'biome.json', 'vitest.config.ts', '.gitignore'];
const FOLDERS = ['schema', 'subgraphs', 'packages', 'gateway', 'workers'];
const REGISTRY = 'packages/standalone/src/self-contained-subgraphs.ts';
/** Everything in it is started as a process of its own, on a machine that may be busy. */
const DEADLINE_MS = 240_000;

/** The repository as npm would have installed it, workspaces linked to the copy's own. */
function copyOfRepository(): string {
  const made = temporaryFolder();
  onTestFinished(made.remove);
  const root = realpathSync(made.path);
  for (const file of FILES) cpSync(join(repositoryRoot, file), join(root, file));
  for (const folder of FOLDERS) {
    cpSync(join(repositoryRoot, folder), join(root, folder), {
      recursive: true,
      filter: (path) => !path.includes('/node_modules'),
    });
  }
  const modules = join(repositoryRoot, 'node_modules');
  mkdirSync(join(root, 'node_modules/@marquee'), { recursive: true });
  for (const name of readdirSync(modules)) {
    if (name !== '@marquee') symlinkSync(join(modules, name), join(root, 'node_modules', name));
  }
  for (const kind of ['subgraphs', 'packages', 'workers']) {
    for (const name of readdirSync(join(root, kind))) {
      symlinkSync(`../../${kind}/${name}`, join(root, 'node_modules/@marquee', name));
    }
  }
  symlinkSync('../../gateway', join(root, 'node_modules/@marquee/gateway'));
  return root;
}

async function run(root: string, ...given: readonly string[]) {
  try {
    const { stdout, stderr } = await execute(process.execPath, [...given], {
      cwd: root,
      maxBuffer: 16_777_216,
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe('npm run new:subgraph', () => {
  it(
    'makes a subgraph that composes, passes the checks and its own test, and is part of what is served',
    async () => {
      const root = copyOfRepository();
      const made = await run(root, 'schema/new-subgraph.ts', 'watch-party', '--owner', 'viewers');
      expect(made.output).toContain('npx vitest run subgraphs/watch-party');
      expect(made.code).toBe(0);

      const read = (path: string) => readFileSync(join(root, path), 'utf8');
      expect(read('schema/api.graphql')).toContain('type WatchParty {');
      expect(JSON.parse(read('schema/owners.json')).teams.viewers.subgraphs).toEqual([
        'user-profile',
        'watch-party',
      ]);
      expect(read(REGISTRY)).toContain('= [createWatchPartySubgraph]');

      const biome = 'node_modules/@biomejs/biome/bin/biome';
      writeFileSync(
        join(root, 'tsconfig.new.json'),
        JSON.stringify({
          extends: './tsconfig.json',
          include: ['subgraphs/watch-party', REGISTRY],
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
        ['node_modules/vitest/vitest.mjs', 'run', 'subgraphs/watch-party'],
      ]) {
        const { code, output } = await run(root, ...check);
        expect({ check, output: code === 0 ? '' : output }).toEqual({ check, output: '' });
      }

      const more = (name: string) => () =>
        newSubgraph({ root, name, run: () => undefined, print: () => undefined });
      for (const [name, reason] of [
        ['watch-party', /subgraphs\/watch-party already/],
        ['monitor', /workers\/monitor already/],
        ['title', /type Title already/],
        ['home', /type Home already/],
      ] as const) {
        expect(more(name)).toThrow(reason);
      }
      expect(more('guest-book')).not.toThrow();
      expect(read(REGISTRY)).toContain('= [createWatchPartySubgraph, createGuestBookSubgraph]');
      expect(JSON.parse(read('schema/owners.json')).teams['guest-book']).toEqual({
        contact: '#guest-book',
        subgraphs: ['guest-book'],
      });
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
