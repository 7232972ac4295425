/** Composition of subgraph SDL into the supergraph the gateway plans over and the API schema clients see. */
import { composeServices } from '@apollo/composition';
import { printSchema, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import { type DocumentNode, GraphQLError, Kind, parse, Source } from 'graphql';
import type { SdlFile } from './subgraph-sdl.ts';

export interface SubgraphSdl {
  readonly name: string;
  readonly sdl: string;
  /** What `sdl` was put together from, for the places of errors. Default: `sdl` is one file, called after the subgraph. */
  readonly files?: readonly SdlFile[];
}

export interface ComposedSupergraph {
  readonly supergraphSdl: string;
  /** What introspection would show: no federation machinery. */
  readonly apiSdl: string;
  /** What composition found odd but allowed. */
  readonly hints: readonly string[];
}

export interface CompositionLocation {
  readonly subgraph: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface CompositionProblem {
  /** Of Apollo's catalogue; `npm run schema -- explain <code>` says what it means. */
  readonly code: string;
  readonly message: string;
  readonly locations: readonly CompositionLocation[];
}

/** Readable: one line per problem, and one for each place in a subgraph's SDL that has a part in it. */
export class CompositionFailed extends Error {
  override readonly name = 'CompositionFailed';
  readonly problems: readonly CompositionProblem[];

  constructor(problems: readonly CompositionProblem[]) {
    const lines = problems.flatMap(({ code, message, locations }) => [
      `  ${code}: ${message.replaceAll('\n', '\n    ')}`,
      ...locations.map(
        ({ subgraph, file, line, column }) => `      in ${subgraph}, ${file}:${line}:${column}`,
      ),
    ]);
    super(`composition failed with ${problems.length} errors:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Every subgraph's URL is `inprocess://<name>`: transports are chosen by the gateway, which replaces the URL
 * where subgraphs run elsewhere.
 *
 * @throws CompositionFailed naming every error.
 */
export function composeSupergraph(subgraphs: readonly SubgraphSdl[]): ComposedSupergraph {
  const { services, subgraphOf } = parsedSubgraphs(subgraphs);
  const result = composeServices(services);
  if (result.errors !== undefined) {
    const problems = result.errors.map((error) =>
      problemOf(error, String(error.extensions.code ?? 'ERROR'), subgraphOf),
    );
    throw new CompositionFailed(problems);
  }
  // Whoever serves the supergraph checks that it enforces what the supergraph relies on; here it is only printed.
  const supportedFeatures = ROUTER_SUPPORTED_SUPERGRAPH_FEATURES;
  const supergraph = Supergraph.build(result.supergraphSdl, { supportedFeatures });
  return {
    supergraphSdl: `${result.supergraphSdl.trimEnd()}\n`,
    apiSdl: `${printSchema(supergraph.apiSchema()).trimEnd()}\n`,
    hints: result.hints.map((hint) => hint.toString()),
  };
}

/** For what else is said of the SDL: of half of it everything else follows. @throws CompositionFailed naming every error of syntax. */
export function assertReadable(subgraphs: readonly SubgraphSdl[]): void {
  parsedSubgraphs(subgraphs);
}

function parsedSubgraphs(subgraphs: readonly SubgraphSdl[]) {
  const subgraphOf = new Map<string, string>();
  const documents = subgraphs.map(({ name, sdl, files = [{ path: `${name}.graphql`, text: sdl }] }) => {
    for (const { path } of files) subgraphOf.set(path, name);
    return { name, files };
  });
  const unreadable: CompositionProblem[] = [];
  const services = documents.map(({ name, files }) => ({
    name,
    url: `inprocess://${name}`,
    typeDefs: parseFiles(files, (error) =>
      unreadable.push({
        ...problemOf(error, 'INVALID_GRAPHQL', subgraphOf),
        message: `[${name}] ${error.message}`,
      }),
    ),
  }));
  if (unreadable.length > 0) throw new CompositionFailed(unreadable);
  return { services, subgraphOf };
}

function problemOf(
  error: GraphQLError,
  code: string,
  subgraphOf: ReadonlyMap<string, string>,
): CompositionProblem {
  return { code, message: error.message, locations: locationsOf(error, subgraphOf) };
}

function parseFiles(files: readonly SdlFile[], failed: (error: GraphQLError) => void): DocumentNode {
  const definitions = files.flatMap(({ path, text }) => {
    try {
      return parse(new Source(text, path)).definitions;
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      failed(error);
      return [];
    }
  });
  return { kind: Kind.DOCUMENT, definitions };
}

/** Composition's errors have syntax nodes, errors of syntax a source and positions in it. */
function locationsOf(
  { nodes, source, locations }: GraphQLError,
  subgraphOf: ReadonlyMap<string, string>,
): readonly CompositionLocation[] {
  const places = nodes?.flatMap(({ loc }) =>
    loc === undefined
      ? []
      : [{ file: loc.source.name, line: loc.startToken.line, column: loc.startToken.column }],
  );
  const own = (locations ?? []).map((location) => ({ file: source?.name ?? '', ...location }));
  return (places ?? own).map((place) => ({ subgraph: subgraphOf.get(place.file) ?? '?', ...place }));
}
