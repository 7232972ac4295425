import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findBinary } from '../packages/local-servers/src/index.ts';
import { environmentOf, readDockerfile } from './test/dockerfile.ts';
import {
  environmentOfContainer,
  KUBERNETES,
  type Manifest,
  named,
  ofKind,
  readManifests,
  workloads,
} from './test/manifests.ts';
import { PARTS, PREPARE, PROCESSES, SUBGRAPHS, unknownVariables } from './test/processes.ts';
import { filesIn, ROOT, readYaml } from './test/repository.ts';

const manifests = readManifests();
const image = environmentOf(readDockerfile('docker/Dockerfile'), 'service');
const parts = workloads(manifests).filter(({ kind }) => kind !== 'Job');
const podOf = (workload: Manifest) => workload.spec.template.spec;
const containerOf = (workload: Manifest) => podOf(workload).containers[0];

test('every object is valid against the schemas of Kubernetes', async ({ skip }) => {
  const schemas = (group: string) => import(/* @vite-ignore */ `kubernetes-models/${group}`);
  await schemas('v1').catch(() => skip('the package kubernetes-models is not installed'));
  for (const { file, ...manifest } of manifests) {
    const model = new (await schemas(manifest.apiVersion))[manifest.kind](manifest);
    expect(() => model.validate(), `${file}: ${manifest.kind} ${manifest.metadata.name}`).not.toThrow();
  }
  const { Service } = await schemas('v1');
  expect(() => new Service({ spec: { ports: [{ port: 'http' }] } }).validate()).toThrow(/port/);
});

test('kustomize builds them, all in one namespace', async ({ skip }) => {
  const kubectl = findBinary('kubectl') ?? skip('there is no kubectl on this machine');
  const { stdout } = await promisify(execFile)(kubectl, ['kustomize', join(ROOT, KUBERNETES)], {
    maxBuffer: 16 * 1024 * 1024,
  });
  const built = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  expect(built.length).toBeGreaterThan(30);
  for (const { kind, metadata } of built) {
    expect(kind === 'Namespace' ? metadata.name : metadata.namespace, `${kind} ${metadata.name}`).toBe(
      'marquee',
    );
  }
  for (const workload of workloads(built)) {
    expect(containerOf(workload).image).toMatch(/^marquee\/service:\d+\.\d+\.\d+$/);
  }
});

test('the kustomization lists everything but what is applied by hand', () => {
  const { resources } = readYaml(`${KUBERNETES}/kustomization.yaml`) as { resources: string[] };
  const byHand = ['commands.pod.yaml', 'kustomization.yaml', 'prepare.job.yaml', 'secrets.example.yaml'];
  expect([...resources, ...byHand].map((name) => `${KUBERNETES}/${name}`).sort()).toEqual(
    filesIn(KUBERNETES, '.yaml'),
  );
});

test('every process has its workload, which runs its script', () => {
  expect(parts.map(({ metadata }) => metadata.name).sort()).toEqual([...PARTS].sort());
  for (const workload of parts) {
    expect(containerOf(workload).args).toEqual([PROCESSES[workload.metadata.name]?.script]);
  }
  expect(containerOf(named(manifests, 'Job', 'prepare')).args[0]).toBe(PREPARE.script);
});

test('every process is given all variables that its configuration needs and none that it does not know', () => {
  for (const workload of workloads(manifests)) {
    const { name } = workload.metadata;
    const loadConfig = name === 'prepare' ? PREPARE.loadConfig : (PROCESSES[name]?.loadConfig as never);
    const environment = environmentOfContainer(manifests, containerOf(workload));
    for (const value of Object.values(environment)) expect(typeof value, `${name}: ${value}`).toBe('string');
    const filled = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, value.replace(/^<.*>$/, 'secret'.repeat(8))]),
    );
    expect({ name, unknown: unknownVariables(loadConfig, { ...image, ...filled }) }).toEqual({
      name,
      unknown: [],
    });
  }
});

test('the pod for commands has the image, the servers and the storage of what they are about, and no more rights', () => {
  const pod = named(manifests, 'Pod', 'commands');
  const job = podOf(named(manifests, 'Job', 'prepare'));
  const [container] = pod.spec.containers;
  const [prepare] = job.containers;
  expect(pod.spec.securityContext).toEqual(job.securityContext);
  for (const same of ['image', 'envFrom', 'securityContext']) expect(container[same]).toEqual(prepare[same]);
  const claims = pod.spec.volumes.flatMap(
    ({ persistentVolumeClaim: claim }: Manifest) => claim?.claimName ?? [],
  );
  expect(claims.sort()).toEqual(['marquee-installation', 'marquee-lake']);
  for (const claim of claims) expect(named(manifests, 'PersistentVolumeClaim', claim)).toBeDefined();
  expect(container.volumeMounts.map(({ name }: Manifest) => name).sort()).toEqual(
    pod.spec.volumes.map(({ name }: Manifest) => name).sort(),
  );
  expect(Object.keys(environmentOfContainer(manifests, container))).toContain('MARQUEE_DATA_DIR');
});

test('no secret stands in the manifests', () => {
  const applied = manifests.filter(({ file }) => !file.endsWith('.example.yaml'));
  expect(ofKind(applied, 'Secret')).toEqual([]);
  for (const workload of workloads(applied)) {
    const names = ((containerOf(workload).env ?? []) as { name: string }[]).map(({ name }) => name);
    expect(names.filter((name) => /SECRET|PASSWORD|TOKEN|API_KEY/.test(name))).toEqual([]);
  }
});

test('probes ask the paths and ports where processes answer', () => {
  for (const workload of parts) {
    const container = containerOf(workload);
    expect(container.ports).toEqual([{ name: 'http', containerPort: Number(image.PORT) }]);
    expect(container.startupProbe.httpGet).toEqual({ path: '/health', port: 'http' });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/ready', port: 'http' });
    // A server that is away must not have its clients killed.
    expect(container.livenessProbe.httpGet).toEqual({ path: '/health', port: 'http' });
  }
  for (const service of ofKind(manifests, 'Service')) {
    expect(service.spec.ports).toEqual([{ name: 'http', port: Number(image.PORT), targetPort: 'http' }]);
    expect(parts.map(({ metadata }) => metadata.name)).toContain(
      service.spec.selector['app.kubernetes.io/name'],
    );
  }
});

test('gateways ask subgraphs by the names of their services', () => {
  const environment = environmentOfContainer(
    manifests,
    containerOf(named(manifests, 'Deployment', 'gateway')),
  );
  for (const subgraph of SUBGRAPHS) {
    const variable = `MARQUEE_SUBGRAPH_${subgraph.toUpperCase().replaceAll('-', '_')}`;
    expect(environment[variable]).toBe(
      `http://${named(manifests, 'Service', subgraph).metadata.name}:${image.PORT}`,
    );
  }
});

test('processes run as nobody special on a read-only file system, with bounded memory', () => {
  for (const workload of workloads(manifests)) {
    expect(podOf(workload)).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(containerOf(workload)).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: { requests: { cpu: expect.anything() } },
    });
    const { requests, limits } = containerOf(workload).resources;
    expect(limits.memory).toBe(requests.memory);
  }
});

test('every mount has its volume, and whoever accepts events keeps them beyond the pod', () => {
  for (const workload of workloads(manifests)) {
    const { name } = workload.metadata;
    const claims = ((workload.spec.volumeClaimTemplates ?? []) as Manifest[]).map(
      ({ metadata }) => metadata.name,
    );
    const volumes = podOf(workload).volumes.map((volume: { name: string }) => volume.name);
    const mounts = containerOf(workload).volumeMounts as { name: string; mountPath: string }[];
    expect(mounts.map((mount) => mount.name).sort(), name).toEqual([...volumes, ...claims].sort());
    const spool = mounts.find(({ mountPath }) => mountPath === image.MARQUEE_SPOOL_DIR);
    const usesNats = 'NATS_URL' in environmentOfContainer(manifests, containerOf(workload));
    // These listen, and publish no events.
    expect(spool !== undefined, name).toBe(usesNats && !['experiment', 'gateway'].includes(name));
  }
  for (const name of ['user-profile', 'recommendation']) {
    const { spec } = named(manifests, 'StatefulSet', name);
    expect(spec.volumeClaimTemplates[0].metadata.name).toBe('spool');
    expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: 'Retain',
      whenScaled: 'Retain',
    });
  }
});

test('every process survives the maintenance of a node, and is spread over nodes and zones', () => {
  for (const workload of parts) {
    const { name } = workload.metadata;
    expect(named(manifests, 'PodDisruptionBudget', name).spec).toMatchObject({
      maxUnavailable: 1,
      selector: workload.spec.selector,
    });
    const spread = podOf(workload).topologySpreadConstraints as Manifest[];
    expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
    for (const { labelSelector } of spread) expect(labelSelector).toEqual(workload.spec.selector);
    expect(workload.spec.template.metadata.labels).toMatchObject(workload.spec.selector.matchLabels);
  }
});

test('autoscalers scale workloads that exist, at least two copies, and workers up to the partitions', () => {
  const partitions = Number(named(manifests, 'ConfigMap', 'marquee-nats').data.MARQUEE_PARTITIONS);
  const scalers = ofKind(manifests, 'HorizontalPodAutoscaler');
  for (const { metadata, spec } of scalers) {
    const { kind, name } = spec.scaleTargetRef;
    const workload = named(manifests, kind, name);
    expect(name).toBe(metadata.name);
    expect(spec.minReplicas).toBeGreaterThanOrEqual(2);
    // Both setting it would undo the autoscaler's decision at every deployment.
    expect(workload.spec.replicas).toBeUndefined();
    if (containerOf(workload).args[0].startsWith('workers/')) expect(spec.maxReplicas).toBe(partitions);
  }
  const scaled = scalers.map(({ metadata }) => metadata.name);
  expect(PARTS.filter((part) => !scaled.includes(part))).toEqual([
    'catalogue-indexer',
    'trainer',
    'model-promoter',
    'monitor',
    'prewarmer',
  ]);
  expect(named(manifests, 'Deployment', 'catalogue-indexer').spec.replicas).toBe(2);
});

test('pods have time to drain before they are killed', () => {
  for (const workload of parts) {
    const environment = environmentOfContainer(manifests, containerOf(workload));
    const drainMs =
      Number(environment.MARQUEE_DRAIN_GRACE_MS ?? 500) +
      Number(environment.MARQUEE_STOP_WITHIN_MS ?? 10_000);
    expect(podOf(workload).terminationGracePeriodSeconds * 1_000, workload.metadata.name).toBeGreaterThan(
      drainMs,
    );
  }
});

test('only gateways reach subgraphs, only what needs servers reaches them', () => {
  const nameOf = (selector: Manifest): string[] =>
    selector.matchLabels === undefined
      ? (selector.matchExpressions?.[0].values ?? [])
      : [selector.matchLabels['app.kubernetes.io/name']];
  expect(named(manifests, 'NetworkPolicy', 'deny-all').spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  });
  const toSubgraphs = named(manifests, 'NetworkPolicy', 'gateway-to-subgraphs').spec;
  const fromGateway = named(manifests, 'NetworkPolicy', 'subgraphs-from-gateway').spec;
  expect(nameOf(toSubgraphs.podSelector)).toEqual(['gateway']);
  expect(nameOf(toSubgraphs.egress[0].to[0].podSelector)).toEqual(SUBGRAPHS);
  expect(nameOf(fromGateway.podSelector)).toEqual(SUBGRAPHS);
  expect(nameOf(fromGateway.ingress[0].from[0].podSelector)).toEqual(['gateway']);
  const openBy = (policy: string): string[] =>
    named(manifests, 'NetworkPolicy', policy).spec.egress[0].ports.map(
      ({ port }: { port: number }) => `${port}`,
    );
  const wantedBy = (chosen: readonly Manifest[]): string[] =>
    chosen.flatMap((workload) =>
      Object.entries(environmentOfContainer(manifests, containerOf(workload)))
        .filter(([name]) => name.endsWith('_URL') && name !== 'MARQUEE_ARTWORK_URL')
        .map(([, address]) => new URL(address).port),
    );
  const isGateway = ({ metadata }: Manifest): boolean => metadata.name === 'gateway';
  const all = workloads(manifests);
  expect(openBy('gateway-to-servers').sort()).toEqual(wantedBy(all.filter(isGateway)).sort());
  expect(openBy('to-servers').sort()).toEqual(
    [...new Set(wantedBy(all.filter((workload) => !isGateway(workload))))].sort(),
  );
});
