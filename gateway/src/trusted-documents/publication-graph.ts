/** The graph that published operations have to be valid over: the one that their client sees. */
import { Supergraph } from '@apollo/federation-internals';
import { MarqueeError } from '@marquee/service-kit';
import { type GraphQLSchema, parse, validate } from 'graphql';
import type { ContractFilter } from '../contracts/contract-filter.ts';
import { contractSupergraph } from '../contracts/contract-supergraph.ts';
import { conditionedSubscription } from '../limits/subscription-roots.ts';
import type { ManifestOperation } from './manifest.ts';

export interface GraphSources {
  readonly flags: { readonly contract?: string | undefined };
  readSupergraph(): Promise<string>;
  readContracts(): Promise<readonly ContractFilter[]>;
  /** The variant that a partner of this name sees. Undefined: there is no such partner, or it sees the whole graph. */
  contractOf(client: string): Promise<string | undefined>;
}

export interface PublicationGraph {
  readonly schema: GraphQLSchema;
  /** Absent: the whole graph. */
  readonly contract: string | undefined;
}

const MAX_PROBLEMS = 20;

/** @throws MarqueeError BAD_USER_INPUT, CONFIG_INVALID for a contract that makes no graph. */
export async function publicationGraph(sources: GraphSources, client: string): Promise<PublicationGraph> {
  const { flags } = sources;
  const contract = flags.contract ?? (await sources.contractOf(client));
  const whole = await sources.readSupergraph();
  if (contract === undefined) return { schema: apiSchemaOf(whole), contract };
  const filters = await sources.readContracts();
  const filter = filters.find(({ name }) => name === contract);
  if (filter === undefined) {
    const names = filters.map(({ name }) => name).join(', ');
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `nothing was published; there is no contract ${contract}, only ${names || 'the whole graph'}`,
    );
  }
  // What cannot be read is told as that, and not as a contract's fault.
  apiSchemaOf(whole);
  return { schema: apiSchemaOf(contractSupergraph(whole, filter)), contract };
}

/** @throws MarqueeError BAD_USER_INPUT */
function apiSchemaOf(sdl: string): GraphQLSchema {
  try {
    // Whether what the supergraph restricts is enforced is for those to say who serve it.
    const supergraph = Supergraph.build(sdl, { supportedFeatures: null });
    return supergraph.apiSchema().toGraphQLJSSchema({ includeDefer: true });
  } catch (cause) {
    const message = `nothing was published; the supergraph cannot be read: ${(cause as Error).message}`;
    throw new MarqueeError('BAD_USER_INPUT', { message, cause });
  }
}

/** @throws MarqueeError BAD_USER_INPUT naming operations and lines. */
export function refuseInvalid(
  { schema, contract }: PublicationGraph,
  operations: readonly ManifestOperation[],
): void {
  const problems = operations.flatMap(({ id, name, text }) => {
    const document = parse(text);
    const conditioned = conditionedSubscription(document);
    if (conditioned !== undefined) return [`${name ?? id}: ${conditioned}`];
    return validate(schema, document, undefined, { maxErrors: 3 }).map(
      ({ message, locations }) => `${name ?? id}, line ${locations?.[0]?.line ?? 1}: ${message}`,
    );
  });
  if (problems.length === 0) return;
  const more = problems.length - MAX_PROBLEMS;
  const lines = [...problems.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])];
  const graph = contract === undefined ? 'schema' : `contract ${contract}`;
  throw new MarqueeError(
    'BAD_USER_INPUT',
    `nothing was published; the ${graph} has no room for:\n  ${lines.join('\n  ')}`,
  );
}
