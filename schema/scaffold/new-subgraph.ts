/** Makes a subgraph that composes, passes every check and is served at once, and says what is left to do. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { buildSchema } from 'graphql';
import { OWNERS_FILE, type OwnersFile, parseOwners } from '../owners/owners-file.ts';
import { deploymentEdits, kubernetesManifests, subgraphVariable } from './deployment-edits.ts';
import { type Ranges, subgraphFiles } from './subgraph-files.ts';
import { type SubgraphNames, subgraphNames } from './subgraph-names.ts';

export interface NewSubgraphOptions {
  /** Of the repository. */
  readonly root: string;
  readonly name: string;
  /** Default: a team with the subgraph's name, which is made where there is none. */
  readonly owner?: string | undefined;
  /** Whether `owner` may be a team that nobody knows yet. Default: that is a name gone wrong. */
  readonly newTeam?: boolean | undefined;
  /** Runs one of the repository's commands in `root`. @throws when it fails. */
  run(command: string, ...given: readonly string[]): void;
  readonly print: (line: string) => void;
}

const REGISTRY = 'packages/standalone/src/self-contained-subgraphs.ts';
const STANDALONE = 'packages/standalone/package.json';

/** @throws MarqueeError CONFIG_INVALID for a name that is none, is taken, or an owner that is none; nothing is written then. */
export function newSubgraph(options: NewSubgraphOptions): void {
  const { root, print, run } = options;
  const names = subgraphNames(options.name);
  const folder = join(root, 'subgraphs', names.kebab);
  assertFree(root, names);
  const owners = withSubgraph(read(root, OWNERS_FILE), names.kebab, options);
  const registry = registered(read(root, REGISTRY), names);
  const standalone = withDependency(read(root, STANDALONE), `@marquee/${names.kebab}`);

  const deployment = [...deploymentEdits(names)].map(
    ([path, edit]) => [path, edit(read(root, path))] as const,
  );
  const manifests = kubernetesManifests(names, read(root, 'docker/kubernetes/experiment.yaml'));

  for (const [path, text] of subgraphFiles(names, rangesOf(root))) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  writeFileSync(join(root, OWNERS_FILE), owners);
  writeFileSync(join(root, REGISTRY), registry);
  writeFileSync(join(root, STANDALONE), standalone);
  for (const [path, text] of deployment) writeFileSync(join(root, path), text);
  writeFileSync(join(root, `docker/kubernetes/${names.kebab}.yaml`), manifests);
  link(root, names.kebab);
  run('schema/codegen.ts');
  run(
    'node_modules/@biomejs/biome/bin/biome',
    'format',
    '--write',
    `subgraphs/${names.kebab}`,
    REGISTRY,
    STANDALONE,
    OWNERS_FILE,
  );
  run('schema/compose.ts');
  for (const line of nextSteps(names)) print(line);
}

function assertFree(root: string, { kebab, pascal, camel }: SubgraphNames): void {
  const taken = ['subgraphs', 'workers', 'packages'].find((folder) => existsSync(join(root, folder, kebab)));
  if (taken !== undefined) throw new MarqueeError('CONFIG_INVALID', `there is ${taken}/${kebab} already`);
  const api = buildSchema(read(root, 'schema/api.graphql'));
  if (api.getType(pascal)) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `the graph has a type ${pascal} already; a subgraph may add to it by hand`,
    );
  }
  if (api.getQueryType()?.getFields()[camel] !== undefined) {
    throw new MarqueeError('CONFIG_INVALID', `the graph has Query.${camel} already`);
  }
}

/** As the file is written by hand: a line per team. */
function withSubgraph(
  text: string,
  subgraph: string,
  { owner, newTeam = false }: Pick<NewSubgraphOptions, 'owner' | 'newTeam'>,
): string {
  const file = parseOwners(text);
  const team = owner ?? subgraph;
  const isKnown = Object.hasOwn(file.teams, team);
  if (owner !== undefined && !isKnown && !newTeam) {
    const teams = Object.keys(file.teams).join(', ');
    throw new MarqueeError(
      'CONFIG_INVALID',
      `${OWNERS_FILE} knows no team "${owner}", but ${teams}; --new-team makes one`,
    );
  }
  const known = (isKnown && file.teams[team]) || { contact: `#${team}`, subgraphs: [] };
  const next: OwnersFile = {
    ...file,
    teams: { ...file.teams, [team]: { ...known, subgraphs: [...known.subgraphs, subgraph] } },
  };
  const teams = Object.entries(next.teams).map(([name, { contact, subgraphs }]) => [
    name,
    subgraphs.length === 0 ? { contact } : { contact, subgraphs },
  ]);
  const lines = teams.map(([name, team]) => `    ${JSON.stringify(name)}: ${onOneLine(team)}`);
  const owned = JSON.stringify(next.owned, null, 2).replaceAll('\n', '\n  ');
  const written = `{\n  "teams": {\n${lines.join(',\n')}\n  },\n  "owned": ${owned}\n}\n`;
  // Checks the name of a new team, too.
  parseOwners(written);
  return written;
}

function onOneLine(team: unknown): string {
  return JSON.stringify(team, null, 1).replaceAll(/\s+/g, ' ').replaceAll('[ ', '[').replaceAll(' ]', ']');
}

function registered(text: string, { kebab, pascal }: SubgraphNames): string {
  const makers = /(const MAKERS[^=]*= \[)([^\]]*)\]/.exec(text);
  if (makers === null) throw new MarqueeError('CONFIG_INVALID', `${REGISTRY} is not as it was made`);
  const list = [...(makers[2] ?? '').split(','), `create${pascal}Subgraph`].map((maker) => maker.trim());
  return text
    .replace(makers[0], `${makers[1]}${list.filter((maker) => maker !== '').join(', ')}]`)
    .replace(
      /^import type \{ Subgraph \}.*$/m,
      (line) => `${line}\nimport { create${pascal}Subgraph } from '@marquee/${kebab}';`,
    );
}

function withDependency(text: string, name: string): string {
  const value = JSON.parse(text) as { dependencies: Record<string, string> };
  const dependencies = Object.entries({ ...value.dependencies, [name]: '*' }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return `${JSON.stringify({ ...value, dependencies: Object.fromEntries(dependencies) }, null, 2)}\n`;
}

/** The same versions as the subgraphs that are there. */
function rangesOf(root: string): Ranges {
  return (JSON.parse(read(root, 'subgraphs/content/package.json')) as { dependencies: Ranges }).dependencies;
}

/** As npm links workspaces, so that nothing has to be installed before it can be tried. */
function link(root: string, name: string): void {
  const path = join(root, 'node_modules/@marquee', name);
  if (!existsSync(dirname(path))) return;
  try {
    symlinkSync(`../../subgraphs/${name}`, path);
  } catch (error) {
    // Of a subgraph of this name that was there before, in this tree or in one that has the same modules.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function read(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function nextSteps(names: SubgraphNames): readonly string[] {
  const { kebab, pascal, camel } = names;
  return [
    '',
    `subgraphs/${kebab} is there, composed, and served: { ${camel}(id: "…") { name } } answers null until it knows one.`,
    '  npm start                           in one process with everything else',
    `  npm run start:distributed           as a process of its own (--${kebab}s 2 for two), which gateways reach at ${subgraphVariable(names)}`,
    `  docker compose, kubectl             docker/compose.yaml, docker/kubernetes/${kebab}.yaml, with what points at them`,
    '',
    'Next:',
    '  npm install                         writes the workspace into package-lock.json, which the image is built from',
    `  npx vitest run subgraphs/${kebab} docker`,
    '  npm run check',
    `Then, in subgraphs/${kebab}:`,
    `  src/modules/${kebab}/module.graphql  say what ${pascal} is to clients; then npm run codegen, npm run schema:compose`,
    `  src/modules/${kebab}/${kebab}-store.ts  the port to where they are kept; src/deps.ts chooses who keeps them: as it is, each`,
    '                                      process has a memory of its own',
    'Where gateways follow what is published, they serve it after: npm run schema -- publish',
  ];
}
