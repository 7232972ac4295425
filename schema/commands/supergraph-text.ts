/** Reading what commands are pointed at: supergraphs and API schemas. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Supergraph } from '@apollo/federation-internals';
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { repositoryRoot } from '../repository.ts';

export const COMMITTED_SUPERGRAPH = join(repositoryRoot, 'schema/supergraph.graphql');

/** @throws MarqueeError NOT_FOUND */
export function readText(path: string): string {
  try {
    return readFileSync(resolve(path), 'utf8');
  } catch (cause) {
    throw new MarqueeError('NOT_FOUND', {
      message: `${path} cannot be read: ${(cause as Error).message}`,
      cause,
    });
  }
}

/** Otherwise it is an API schema, or nothing that can be read. */
export function isSupergraph(sdl: string): boolean {
  return /^schema\b[^{]*@(link|core)\b/m.test(sdl);
}

/** As either of the two. */
export function isReadable(sdl: string): boolean {
  try {
    apiSchemaOf(sdl);
    return true;
  } catch (error) {
    if (!isMarqueeError(error, 'CONFIG_INVALID')) throw error;
    return false;
  }
}

/**
 * What clients see of a supergraph; a text that is an API schema already is taken as it is.
 * @param where it comes from, for the error. @throws MarqueeError CONFIG_INVALID
 */
export function apiSchemaOf(sdl: string, where = 'this'): GraphQLSchema {
  try {
    if (!isSupergraph(sdl)) return buildSchema(sdl);
    return Supergraph.build(sdl, { supportedFeatures: null })
      .apiSchema()
      .toGraphQLJSSchema({ includeDefer: true });
  } catch (cause) {
    const message = `${where} is neither a supergraph nor an API schema: ${(cause as Error).message}`;
    throw new MarqueeError('CONFIG_INVALID', { message, cause });
  }
}
