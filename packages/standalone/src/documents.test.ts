/** What the documents name has to be there: pages and their headings, files, commands, metrics and settings. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { METRIC_CATALOGUE } from '../../service-kit/src/service/metric-catalogue.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const PARTS = '{gateway,subgraphs,workers,packages,schema,bench,docker}';
const outside = (name: string): boolean => name === 'node_modules';

const documents = globSync(['*.md', 'docs/**/*.md', `${PARTS}/**/README.md`], {
  cwd: ROOT,
  exclude: outside,
}).filter((path) => !path.includes('third-party'));
/** Decisions and the change log speak of their time, when other things were there. */
const ofToday = documents.filter((path) => path !== 'CHANGELOG.md' && !path.startsWith('docs/adr/'));

/** What a pattern finds in the documents, beside where; of groups the first. */
const found = (paths: readonly string[], pattern: RegExp): { path: string; name: string }[] =>
  paths.flatMap((path) =>
    [...read(path).matchAll(pattern)].map((match) => ({ path, name: match[1] ?? match[0] })),
  );

/** Links to other documents and files: not to the web. */
const links = found(documents, /\]\(((?!https?:|mailto:)[^)\s]+)\)/g).map(({ path, name }) => {
  const [file = '', anchor] = name.split('#');
  return { path, name, target: file === '' ? path : normalize(join(dirname(path), file)), anchor };
});

/** As GitHub makes them. */
const anchorsOf = (path: string): string[] =>
  [
    ...read(path)
      .replace(/^```[\s\S]*?^```/gm, '')
      .matchAll(/^#+ (.+)$/gm),
  ].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );

it('links lead to files and headings that are there', () => {
  const broken = links.filter(
    ({ target, anchor }) =>
      !existsSync(join(ROOT, target)) ||
      (anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor)),
  );
  expect(links.length).toBeGreaterThan(200);
  expect(links.filter(({ anchor }) => anchor !== undefined).length).toBeGreaterThan(20);
  expect(broken).toEqual([]);
});

it('every document is found from the README', () => {
  const reached = new Set(['README.md']);
  // A set is walked with what is added on the way.
  for (const page of reached) {
    for (const { path, target } of links) {
      if (path === page) reached.add(target === 'docs/adr' ? 'docs/adr/README.md' : target);
    }
  }
  expect(documents.filter((path) => path.startsWith('docs/') && !reached.has(path))).toEqual([]);
});

it('files and folders that are named by their path are there', () => {
  const named = found(
    ofToday,
    /`((?:gateway|subgraphs|workers|packages|schema|docs|docker|bench)\/[\w./-]+)`/g,
  );
  // What `npm run new:subgraph -- watch-party` makes.
  const missing = named.filter(({ name }) => !existsSync(join(ROOT, name)) && !name.includes('watch-party'));
  expect(named.length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

it('commands are scripts of the package', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const commands = found(ofToday, /npm run (?:-s )?([a-z][\w:-]*)/g);
  expect(commands.length).toBeGreaterThan(100);
  expect(commands.filter(({ name }) => !(name in scripts))).toEqual([]);
});

it('metrics are those that processes export', () => {
  const metrics = found(ofToday, /`(marquee_[a-z0-9_]*[a-z0-9])\b/g);
  expect(metrics.length).toBeGreaterThan(20);
  expect(metrics.filter(({ name }) => !(name in METRIC_CATALOGUE))).toEqual([]);
});

it('settings are those that something reads', () => {
  const sources = globSync(
    [`${PARTS}/**/*.ts`, 'docker/**/*.{yaml,env}', 'docker/.env.example', 'docker/Dockerfile', '.ci/run'],
    { cwd: ROOT, exclude: outside },
  ).filter((path) => !path.endsWith('.test.ts'));
  const known = new Set(sources.flatMap((path) => read(path).match(/\bMARQUEE_[A-Z0-9_]+/g) ?? []));
  // A subgraph's address has its name.
  const settings = found(ofToday, /\bMARQUEE_(?!SUBGRAPH_)[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_])/g);
  expect(settings.length).toBeGreaterThan(200);
  expect(settings.filter(({ name }) => !known.has(name))).toEqual([]);
});
