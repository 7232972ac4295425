/** Composition of subgraph SDL into the supergraph the gateway plans over and the API schema clients see. */
import { composeServices } from '@apollo/composition';
import { printSchema, Supergraph } from '@apollo/federation-internals';
import { parse } from 'graphql';

export interface SubgraphSdl {
  readonly name: string;
  readonly sdl: string;
}

export interface ComposedSupergraph {
  readonly supergraphSdl: string;
  /** What introspection would show: no federation machinery. */
  readonly apiSdl: string;
  /** What composition found odd but allowed. */
  readonly hints: readonly string[];
}

/** Readable: one line per problem, with the subgraph's file position where composition knows it. */
export class CompositionFailed extends Error {
  override readonly name = 'CompositionFailed';
}

/**
 * Every subgraph's URL is `inprocess://<name>`: transports are chosen by the gateway, which replaces the URL
 * where subgraphs run elsewhere.
 *
 * @throws CompositionFailed naming every error.
 */
export function composeSupergraph(subgraphs: readonly SubgraphSdl[]): ComposedSupergraph {
  const services = subgraphs.map(({ name, sdl }) => {
    try {
      return { name, url: `inprocess://${name}`, typeDefs: parse(sdl) };
    } catch (error) {
      throw new CompositionFailed(`composition failed:\n  [${name}] ${(error as Error).message}`);
    }
  });
  const result = composeServices(services);
  if (result.errors !== undefined) {
    const lines = result.errors.map((error) => {
      const code = String(error.extensions.code ?? 'ERROR');
      return `  ${code}: ${error.message.replaceAll('\n', '\n    ')}`;
    });
    throw new CompositionFailed(`composition failed with ${lines.length} errors:\n${lines.join('\n')}`);
  }
  const supergraph = Supergraph.build(result.supergraphSdl);
  return {
    supergraphSdl: `${result.supergraphSdl.trimEnd()}\n`,
    apiSdl: `${printSchema(supergraph.apiSchema()).trimEnd()}\n`,
    hints: result.hints.map((hint) => hint.toString()),
  };
}
