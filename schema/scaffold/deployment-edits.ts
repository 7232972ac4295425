/**
 * What has to be said of a new subgraph wherever processes are listed: `npm run start:distributed`, Compose, the image,
 * Kubernetes, Prometheus. Each file is changed beside what it says of the experiment subgraph, the smallest one. Pure.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { SubgraphNames } from './subgraph-names.ts';

/** The new text of a file. @throws MarqueeError CONFIG_INVALID when it is not as it was made. */
type Edit = (text: string) => string;

/** By path in the repository. */
export function deploymentEdits(names: SubgraphNames): ReadonlyMap<string, Edit> {
  const { kebab } = names;
  const variable = subgraphVariable(names);
  const edits: readonly (readonly [path: string, ...changes: readonly Change[]])[] = [
    [
      'packages/standalone/src/distributed/further-subgraphs.ts',
      [/FURTHER_SUBGRAPHS = \[([^\]]*)\]/, (_, list) => `FURTHER_SUBGRAPHS = [${withName(list, kebab)}]`],
    ],
    [
      'docker/compose.yaml',
      [
        /^ {6}MARQUEE_SUBGRAPH_EXPERIMENT: .*$/m,
        (line) => `${line}\n      ${variable}: http://${kebab}:8080`,
      ],
      [
        /^ {6}experiment: \{ condition: service_healthy \}$/m,
        (line) => `${line}\n      ${kebab}: { condition: service_healthy }`,
      ],
      [/^ {2}feature-materializer:$/m, (line) => `${composeService(kebab)}\n${line}`],
    ],
    ['docker/Dockerfile', [/-w subgraphs\/experiment/, (flag) => `${flag} -w subgraphs/${kebab}`]],
    [
      'docker/prometheus/prometheus.yaml',
      [/^ {2}- job_name: experiment\n.*$/m, (job) => `${job}\n${job.replaceAll('experiment', kebab)}`],
    ],
    [
      'docker/kubernetes/kustomization.yaml',
      [/^ {2}- experiment\.yaml$/m, (line) => `${line}\n  - ${kebab}.yaml`],
    ],
    [
      'docker/kubernetes/gateway.yaml',
      [
        /^ +- \{ name: MARQUEE_SUBGRAPH_EXPERIMENT, .*$/m,
        (line) => `${line}\n            - { name: ${variable}, value: 'http://${kebab}:8080' }`,
      ],
    ],
    [
      'docker/kubernetes/network-policies.yaml',
      [
        /values: \[content, user-profile, recommendation, experiment([^\]]*)\]/g,
        (_, more) => `values: [content, user-profile, recommendation, experiment, ${kebab}${more}]`,
      ],
    ],
  ];
  return new Map(edits.map(([path, ...changes]) => [path, (text) => changed(path, text, changes)]));
}

/** The manifests of a process that needs no server: as those of the experiment subgraph. */
export function kubernetesManifests({ kebab }: SubgraphNames, experiment: string): string {
  return experiment
    .replace(/^ +- (?:configMapRef|secretRef): \{ name: marquee-(?:nats|postgres) \}\n/gm, '')
    .replaceAll('experiment', kebab);
}

export function subgraphVariable({ kebab }: SubgraphNames): string {
  return `MARQUEE_SUBGRAPH_${kebab.toUpperCase().replaceAll('-', '_')}`;
}

type Change = readonly [where: RegExp, to: (found: string, group: string) => string];

function changed(path: string, text: string, changes: readonly Change[]): string {
  return changes.reduce((before, [where, to]) => {
    const after = before.replace(where, (found: string, group: unknown) =>
      to(found, typeof group === 'string' ? group : ''),
    );
    if (after !== before) return after;
    throw new MarqueeError('CONFIG_INVALID', `${path} is not as it was made: there is no ${where.source}`);
  }, text);
}

function withName(list: string, name: string): string {
  return [...list.split(','), `'${name}'`]
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .join(', ');
}

function composeService(kebab: string): string {
  return `  ${kebab}:
    <<: *service
    command: [subgraphs/${kebab}/src/main.ts]
    environment:
      <<: [*common, *signed]
    depends_on:
      prepare: { condition: service_completed_successfully }
    deploy: { resources: { limits: { cpus: '0.5', memory: 384m, pids: 128 } } }
`;
}
