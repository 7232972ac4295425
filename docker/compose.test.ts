import { dirname } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import {
  type ComposeFile,
  type ComposeService,
  environmentFile,
  readComposeFile,
  readRawComposeFile,
  variablesOf,
} from './test/compose-file.ts';
import { environmentOf, readDockerfile } from './test/dockerfile.ts';
import { PARTS, PREPARE, PROCESSES, SUBGRAPHS, unknownVariables } from './test/processes.ts';
import { exists, filesIn, read, readYaml } from './test/repository.ts';

const FILES = ['docker/compose.yaml', 'docker/compose.test.yaml', 'docker/compose.observability.yaml'];
/** As somebody fills the example in. */
/** They listen for what is in force, and have no use for a spool. */
const PUBLISH_NOTHING = ['experiment', 'gateway'];

const FILLED = Object.fromEntries(
  Object.keys(environmentFile(read('docker/.env.example'))).map((name) => [name, 'secret'.repeat(8)]),
);
const image = environmentOf(readDockerfile('docker/Dockerfile'), 'service');

const compose = readComposeFile('docker/compose.yaml', FILLED);
const all = (): [string, string, ComposeService][] =>
  FILES.flatMap((file) =>
    Object.entries(readComposeFile(file, FILLED).services).map(
      ([name, service]): [string, string, ComposeService] => [file, name, service],
    ),
  );
/** Those that run a process or job of ours. */
const ours = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);

function serviceOf(name: string): ComposeService {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`compose.yaml has no service ${name}`);
  return service;
}

test('every compose file is one that Docker Compose accepts', () => {
  const ajv = new Ajv.default({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(readYaml('docker/test/third-party/compose-spec.json') as object);
  expect(filesIn('docker', '.yaml')).toEqual([...FILES].sort());
  for (const file of FILES) {
    expect({ file, valid: validate(readRawComposeFile(file)), errors: validate.errors }).toEqual({
      file,
      valid: true,
      errors: null,
    });
  }
});

test('the schema refuses what Docker Compose would refuse', () => {
  const ajv = new Ajv.default({ strict: false, validateFormats: false });
  const validate = ajv.compile(readYaml('docker/test/third-party/compose-spec.json') as object);
  expect(validate({ services: { a: { image: 'x', imagee: 'y' } } })).toBe(false);
  expect(validate({ services: { a: { image: 'x', depends_on: { b: { condition: 'ready' } } } } })).toBe(
    false,
  );
});

test('nothing starts while a secret is missing, and the example names every one', () => {
  const text = FILES.map(read).join('\n');
  const { required } = variablesOf(text);
  expect(required.size).toBeGreaterThanOrEqual(8);
  for (const missing of required) {
    const file = FILES.find((each) => variablesOf(read(each)).required.has(missing)) as string;
    expect(() => readComposeFile(file, { ...FILLED, [missing]: '' }), missing).toThrow(missing);
  }
  const named = environmentFile(read('docker/.env.example'));
  expect(Object.values(named).filter((value) => value !== '')).toEqual([]);
  expect([...required].filter((name) => !(name in named))).toEqual([]);
});

test('every variable that a compose file takes is in the example', () => {
  const { all: taken } = variablesOf(FILES.map(read).join('\n'));
  const described = read('docker/.env.example') + read('docker/nats/cluster.env');
  expect([...taken].filter((name) => !new RegExp(`^(# )?${name}=`, 'm').test(described))).toEqual([
    // Sized by those who know their machine; see the how-to.
    'MARQUEE_RANKER_THREADS',
  ]);
});

test('every process of the distributed profile is a service that runs its script', () => {
  for (const [part, { script }] of Object.entries(PROCESSES)) {
    expect(exists(script), script).toBe(true);
    expect(serviceOf(part).command).toEqual([script]);
    expect(serviceOf(part).build?.target).toBe('service');
  }
  expect(exists(PREPARE.script)).toBe(true);
  expect(serviceOf('prepare').command?.[0]).toBe(PREPARE.script);
  expect(ours.map(([name]) => name).sort()).toEqual([...PARTS, 'prepare'].sort());
});

test('every service is given all variables that its configuration needs and none that it does not know', () => {
  for (const [name, { environment = {} }] of ours) {
    const loadConfig = name === 'prepare' ? PREPARE.loadConfig : (PROCESSES[name]?.loadConfig as never);
    const values = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, `${value}`]));
    expect({ name, unknown: unknownVariables(loadConfig, { ...image, ...values }) }).toEqual({
      name,
      unknown: [],
    });
  }
});

test('a variable too many or a secret too few is noticed', () => {
  const environment = { ...image, ...serviceOf('content').environment };
  const { loadConfig } = PROCESSES.content as (typeof PROCESSES)[string];
  expect(unknownVariables(loadConfig, { ...environment, NATS_URL: 'nats://nats:4222' })).toEqual([
    'NATS_URL',
  ]);
  expect(() => unknownVariables(loadConfig, { ...environment, MARQUEE_GATEWAY_SECRET: '' })).toThrow(
    /MARQUEE_GATEWAY_SECRET/,
  );
});

test('addresses name services, at the ports where they listen', () => {
  const ports: Record<string, string[]> = {
    postgres: ['5432'],
    redis: ['6379'],
    qdrant: ['6333'],
    nats: ['4222'],
    'nats-2': ['4222'],
    'nats-3': ['4222'],
    ...Object.fromEntries(PARTS.map((part) => [part, [image.PORT as string]])),
  };
  const cluster = environmentFile(read('docker/nats/cluster.env'));
  const addresses = [
    ...ours.flatMap(([, { environment = {} }]) =>
      Object.entries(environment)
        .filter(([name]) => /_URL$|^MARQUEE_SUBGRAPH_/.test(name) && name !== 'MARQUEE_ARTWORK_URL')
        .flatMap(([, value]) => value.split(',')),
    ),
    ...(cluster.NATS_URL as string).split(','),
  ].map((address) => new URL(address));
  expect(addresses.length).toBeGreaterThan(20);
  for (const { hostname, port } of addresses) expect(ports[hostname], hostname).toContain(port);
  for (const subgraph of SUBGRAPHS) {
    expect(addresses.map(({ hostname }) => hostname)).toContain(subgraph);
  }
});

test('published ports lead to the port where the image listens', () => {
  for (const part of PARTS) {
    for (const port of serviceOf(part).ports ?? []) expect(port).toMatch(new RegExp(`:${image.PORT}$`));
  }
  for (const [file, name, { ports = [] }] of all()) {
    for (const port of ports) expect(port, `${name} in ${file}`).toMatch(/^127\.0\.0\.1:/);
  }
});

test('whoever needs a server waits until it is healthy, and until the installation has been filled', () => {
  const servers: Record<string, string> = {
    POSTGRES_URL: 'postgres',
    NATS_URL: 'nats',
    REDIS_URL: 'redis',
    QDRANT_URL: 'qdrant',
  };
  for (const [name, { environment = {}, depends_on = {} }] of ours) {
    for (const [variable, server] of Object.entries(servers)) {
      // A gateway begins without NATS, with the supergraph that served last.
      const needed = variable in environment && name !== 'gateway';
      expect({ name, server, waits: depends_on[server]?.condition }).toEqual({
        name,
        server,
        waits: needed ? 'service_healthy' : undefined,
      });
    }
    if (name !== 'prepare' && name !== 'gateway') {
      expect(depends_on.prepare?.condition, name).toBe('service_completed_successfully');
    }
  }
  for (const subgraph of SUBGRAPHS) {
    expect(serviceOf('gateway').depends_on?.[subgraph]?.condition).toBe('service_healthy');
  }
});

test('what can be waited for has a health check', () => {
  for (const [file, name, { healthcheck }] of all()) {
    if (name === 'prepare') continue;
    const [kind, program, script] = healthcheck?.test ?? [];
    expect(kind, `${name} in ${file}`).toMatch(/^CMD/);
    if (program === 'node') expect(exists(script as string), script).toBe(true);
  }
});

test('images are pinned, and the servers of the tests are those of the installation', () => {
  const tests = readComposeFile('docker/compose.test.yaml', {});
  for (const [file, name, { image: reference, build }] of all()) {
    if (build === undefined) expect(reference, `${name} in ${file}`).toMatch(/:v?\d+\.\d+\.?\d*(-|$)/);
  }
  for (const [name, { image: reference }] of Object.entries(tests.services)) {
    expect(reference).toBe(serviceOf(name).image);
  }
});

test('containers are bounded, read-only and without capabilities, and what they write goes to volumes of their own', () => {
  const observability = readComposeFile('docker/compose.observability.yaml', FILLED);
  const permanent = [...Object.entries(compose.services), ...Object.entries(observability.services)];
  for (const [name, service] of permanent) {
    expect({ name, ...service }).toMatchObject({ name, read_only: true, cap_drop: ['ALL'] });
    expect(Number(service.deploy?.resources.limits.cpus), name).toBeGreaterThan(0);
    expect(service.deploy?.resources.limits.memory, name).toMatch(/^\d+[mg]$/);
  }
  for (const [name, { environment = {}, volumes = [] }] of ours) {
    if (!('NATS_URL' in environment) || PUBLISH_NOTHING.includes(name)) continue;
    const spool = volumes.find(({ target }) => target === image.MARQUEE_SPOOL_DIR);
    // A spool belongs to one process: a named volume would be shared by its copies.
    expect({ name, spool }).toEqual({ name, spool: { type: 'volume', target: image.MARQUEE_SPOOL_DIR } });
  }
});

/** A new volume takes over what the image has there, owner and all. */
function ownedFolders(): readonly string[] {
  const [, , folders = ''] =
    /install -d -o (node) -g node ((?:[^\n\\]|\\\n)*)/.exec(read('docker/Dockerfile')) ?? [];
  return folders.split(/[\s\\]+/);
}

test('every gateway keeps the supergraph that served last, for itself', () => {
  const { environment = {}, volumes = [] } = serviceOf('gateway');
  const target = dirname(environment.MARQUEE_SUPERGRAPH_LAST_GOOD as string);
  expect(volumes).toContainEqual({ type: 'volume', target });
  expect(ownedFolders()).toContain(target);
});

test('all gateways follow one registry of partners and one of operations', () => {
  const { environment = {}, volumes = [] } = serviceOf('gateway');
  const shared = volumes.find(({ source }) => source !== undefined);
  expect(shared).toMatchObject({ type: 'volume', source: 'registries' });
  for (const folder of [environment.MARQUEE_PARTNERS, environment.MARQUEE_OPERATIONS_REGISTRY]) {
    expect(dirname(folder as string)).toBe(shared?.target);
  }
  expect(ownedFolders()).toContain(shared?.target);
});

test('models are where they are written', () => {
  const { command = [], volumes = [] } = serviceOf('prepare');
  const folder = command[command.indexOf('--folder') + 1] as string;
  expect(volumes).toContainEqual({ type: 'volume', source: 'installation', target: folder });
  const reader = serviceOf('recommendation');
  expect(reader.environment?.MARQUEE_MODELS_DIR).toBe(`${folder}/models`);
  expect(reader.volumes).toContainEqual({
    type: 'volume',
    source: 'installation',
    target: folder,
    read_only: true,
  });
});

test('volumes, networks, secrets and mounted files are all there', () => {
  for (const file of FILES) {
    const { services, volumes = {}, networks = {}, secrets = {} } = readComposeFile(file, FILLED);
    const known = { ...volumes, ...(file.includes('observability') ? compose.volumes : {}) };
    const reachable = { ...networks, ...(file.includes('observability') ? compose.networks : {}) };
    for (const service of Object.values(services)) {
      for (const { type, source } of service.volumes ?? []) {
        if (type === 'volume' && source !== undefined) expect(known).toHaveProperty([source]);
        if (type === 'bind') expect(exists(`docker/${source}`), source).toBe(true);
      }
      for (const network of service.networks ?? []) expect(reachable).toHaveProperty([network]);
      for (const secret of service.secrets ?? []) expect(secrets).toHaveProperty([secret]);
    }
  }
});

test('servers cannot be reached from outside, nor reach out', () => {
  expect((compose as ComposeFile).networks?.inside?.internal).toBe(true);
  for (const name of ['postgres', 'redis', 'nats', 'nats-2', 'nats-3', 'qdrant']) {
    expect(serviceOf(name).networks).toEqual(['inside']);
    expect(serviceOf(name).ports).toBeUndefined();
  }
});
