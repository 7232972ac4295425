import { expect, test } from 'vitest';
import { environmentOf, instructionsOf, lastOf, readDockerfile } from './test/dockerfile.ts';
import { PREPARE, PROCESSES } from './test/processes.ts';
import { exists, read, workspaceFolders } from './test/repository.ts';

const dockerfile = readDockerfile('docker/Dockerfile');
const PROCESS_FOLDERS = Object.values(PROCESSES).map(({ script }) => script.replace('/src/main.ts', ''));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const manifestOf = (folder: string) => JSON.parse(read(`${folder}/package.json`)) as Manifest;

const folders = new Map(
  workspaceFolders().map((folder): [string, string] => [manifestOf(folder).name, folder]),
);
function folderOf(name: string): string {
  const folder = folders.get(name);
  if (folder === undefined) throw new Error(`no workspace is called ${name}`);
  return folder;
}

/** Workspaces that the given ones need at run time, themselves included, and the packages they name. */
function needs(start: readonly string[]): { workspaces: Set<string>; packages: Set<string> } {
  const workspaces = new Set<string>();
  const packages = new Set<string>();
  const open = [...start];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (workspaces.has(folder)) continue;
    workspaces.add(folder);
    for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
      if (name.startsWith('@marquee/')) open.push(folderOf(name));
      else packages.add(name);
    }
  }
  return { workspaces, packages };
}

const run = (stage: string) =>
  instructionsOf(dockerfile, stage)
    .filter(({ name }) => name === 'RUN')
    .map(({ rest }) => rest)
    .join(' ');

test('the service image installs what its processes need, and no other workspace', () => {
  const installed = [...run('service-dependencies').matchAll(/-w (\S+)/g)].map(([, folder]) => folder);
  expect(installed.sort()).toEqual([...PROCESS_FOLDERS].sort());
  expect(run('service-dependencies')).toContain('npm ci --omit=dev');
});

test('no folder that is taken out of the image is one that a process needs', () => {
  const { workspaces } = needs(PROCESS_FOLDERS);
  const removed = [...run('service-source').matchAll(/packages\/[\w-]+/g)].map(([folder]) => folder);
  expect(removed.length).toBeGreaterThan(3);
  expect(removed.filter((folder) => workspaces.has(folder))).toEqual([]);
  const links = [...run('service-dependencies').matchAll(/node_modules\/(@marquee\/[\w-]+)/g)];
  expect(
    links.map(([, name]) => folderOf(name as string)).filter((folder) => workspaces.has(folder)),
  ).toEqual([]);
});

test('the sample data is in the image of the preparing job alone', () => {
  expect(needs(PROCESS_FOLDERS).packages).not.toContain('vega-datasets');
  expect(needs(['packages/standalone']).packages).toContain('vega-datasets');
  expect(run('prepare-dependencies')).toContain('-w packages/standalone');
});

test('the commands of the image are scripts of the repository', () => {
  for (const [stage, script] of [
    ['service', 'gateway/src/main.ts'],
    ['prepare', PREPARE.script],
  ] as const) {
    const command = JSON.parse(lastOf(dockerfile, stage, 'CMD') as string) as string[];
    expect(command[0]).toBe(script);
    expect(exists(script)).toBe(true);
  }
  const healthCheck = instructionsOf(dockerfile, 'service').find(({ name }) => name === 'HEALTHCHECK')?.rest;
  expect(healthCheck).toContain('CMD ["node", "docker/health-check.ts"]');
});

test('Node is process 1, gets the signals itself and is nobody special', () => {
  for (const stage of ['service', 'prepare']) {
    expect(lastOf(dockerfile, stage, 'ENTRYPOINT')).toBe('["node"]');
    expect(lastOf(dockerfile, stage, 'STOPSIGNAL')).toBe('SIGTERM');
    expect(lastOf(dockerfile, stage, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(environmentOf(dockerfile, stage)).toMatchObject({
      NODE_ENV: 'production',
      MARQUEE_HOST: '0.0.0.0',
    });
  }
});

test('the image runs the Node that the repository pins', () => {
  const pinned = (JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> })
    .packages['node_modules/node']?.version;
  expect(dockerfile.baseImage).toBe(`node:${pinned}-trixie-slim`);
});

test('what the image copies is let into the build', () => {
  const lines = read('docker/Dockerfile.dockerignore').split('\n');
  expect(lines.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
  for (const path of [
    'gateway',
    'subgraphs',
    'workers',
    'packages',
    'schema',
    'package-lock.json',
    '.npmrc',
  ]) {
    expect(lines).toContain(`!${path}`);
    expect(exists(path)).toBe(true);
  }
  expect(lines).toContain('!docker/health-check.ts');
  expect(lines).toContain('**/node_modules');
});
