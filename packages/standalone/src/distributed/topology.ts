/** Which processes make up a distributed Marquee, how many of each, and what each of them is told. Pure. */
import { fileURLToPath } from 'node:url';
import { FURTHER_SUBGRAPHS } from './further-subgraphs.ts';

export const PARTS = [
  'feature-materializer',
  'profile-projector',
  'catalogue-indexer',
  'lake-writer',
  'trainer',
  'model-promoter',
  'monitor',
  're-engagement',
  'content',
  'user-profile',
  'recommendation',
  'experiment',
  ...FURTHER_SUBGRAPHS,
  'prewarmer',
  'gateway',
] as const;
export type Part = (typeof PARTS)[number];

/** They learn, watch or act by themselves; nobody waits for them. */
export const BACKGROUND_PARTS = [
  'trainer',
  'model-promoter',
  'monitor',
  're-engagement',
  'prewarmer',
] as const satisfies readonly Part[];

export type FurtherSubgraph = (typeof FURTHER_SUBGRAPHS)[number];

/** Processes of each part. Those in the background may be left out; of subgraphs that came later there is one then. */
export type Copies = Readonly<
  Record<Exclude<Part, (typeof BACKGROUND_PARTS)[number] | FurtherSubgraph>, number>
> &
  Readonly<Partial<Record<Part, number>>>;

/** Subgraphs, as the gateways look them up. */
export const SUBGRAPHS = [
  'content',
  'user-profile',
  'recommendation',
  'experiment',
  ...FURTHER_SUBGRAPHS,
] as const;

export function isFurtherSubgraph(part: string): part is FurtherSubgraph {
  return (FURTHER_SUBGRAPHS as readonly string[]).includes(part);
}

/** On one machine somebody may want to see what they just did. */
const LAKE_MAX_AGE_MS = '5000';

export interface ProcessSpec {
  /** e.g. `recommendation-2`; in front of every line it prints. */
  readonly name: string;
  readonly part: Part;
  readonly script: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface TopologyOptions {
  /** Processes of each part; 0 leaves it out. */
  readonly copies: Copies;
  readonly mode: 'development' | 'production';
  /** Addresses and credentials of the servers, secrets, folders: the same for every process. */
  readonly common: Readonly<Record<string, string>>;
  /** Of the first gateway; the others follow. Absent: free ones. */
  readonly gatewayPort?: number;
  /** Below it every process gets a folder for events that wait for NATS. */
  readonly spoolFolder: string;
  /** Where every gateway keeps the supergraph that served last. */
  readonly supergraphFolder: string;
  /** Where the lake writers keep every event. */
  readonly lakeFolder: string;
  /** A free port for every call. */
  readonly port: () => Promise<number>;
}

/** In the order in which they start: what others ask comes before who asks. */
export async function planProcesses(options: TopologyOptions): Promise<readonly ProcessSpec[]> {
  const specs: ProcessSpec[] = [];
  for (const part of PARTS) {
    const copies = options.copies[part] ?? (isFurtherSubgraph(part) ? 1 : 0);
    for (let copy = 1; copy <= copies; copy++) {
      const name = copies === 1 ? part : `${part}-${copy}`;
      const fixed = part === 'gateway' && options.gatewayPort !== undefined;
      const port = fixed ? (options.gatewayPort ?? 0) + copy - 1 : await options.port();
      specs.push({ name, part, script: scriptOf(part), port, environment: {} });
    }
  }
  const addresses = addressesOf(specs);
  return specs.map((spec) => ({
    ...spec,
    environment: {
      ...options.common,
      ...(spec.part === 'gateway' ? { ...addresses, ...supergraphOf(spec, options) } : {}),
      ...(spec.part === 'prewarmer'
        ? { MARQUEE_SUBGRAPH_RECOMMENDATION: addresses.MARQUEE_SUBGRAPH_RECOMMENDATION ?? '' }
        : {}),
      ...(spec.part === 'trainer' || spec.part === 'model-promoter' || spec.part === 'monitor'
        ? { MARQUEE_LAKE_FOLDER: options.lakeFolder }
        : {}),
      ...(spec.part === 'lake-writer'
        ? { MARQUEE_LAKE_FOLDER: options.lakeFolder, MARQUEE_LAKE_MAX_AGE_MS: LAKE_MAX_AGE_MS }
        : {}),
      MARQUEE_MODE: options.mode,
      MARQUEE_HOST: '127.0.0.1',
      MARQUEE_SPOOL_DIR: `${options.spoolFolder}/${spec.name}`,
      MARQUEE_ARTWORK_URL: addressOf(specs, 'content'),
      PORT: `${spec.port}`,
    },
  }));
}

/** Gateways serve what is published, beginning with what was shipped; and what served last while NATS is away. */
function supergraphOf({ name }: Pick<ProcessSpec, 'name'>, { supergraphFolder }: TopologyOptions) {
  return {
    MARQUEE_SUPERGRAPH_SOURCE: 'published',
    MARQUEE_SUPERGRAPH_LAST_GOOD: `${supergraphFolder}/${name}.graphql`,
  };
}

/** e.g. `MARQUEE_SUBGRAPH_USER_PROFILE=http://127.0.0.1:4102,http://127.0.0.1:4103`. */
function addressesOf(specs: readonly ProcessSpec[]): Record<string, string> {
  return Object.fromEntries(
    SUBGRAPHS.map((subgraph) => [
      `MARQUEE_SUBGRAPH_${subgraph.toUpperCase().replaceAll('-', '_')}`,
      specs
        .filter(({ part }) => part === subgraph)
        .map(({ port }) => `http://127.0.0.1:${port}`)
        .join(','),
    ]),
  );
}

function addressOf(specs: readonly ProcessSpec[], part: Part): string {
  const spec = specs.find((candidate) => candidate.part === part);
  return spec === undefined ? '' : `http://127.0.0.1:${spec.port}`;
}

function scriptOf(part: Part): string {
  const folder =
    part === 'gateway'
      ? 'gateway'
      : (SUBGRAPHS as readonly string[]).includes(part)
        ? `subgraphs/${part}`
        : `workers/${part}`;
  return fileURLToPath(new URL(`../../../../${folder}/src/main.ts`, import.meta.url));
}
