/** Reading what commands are pointed at: supergraphs, API schemas, operations in use. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Supergraph } from '@apollo/federation-internals';
import { MarqueeError } from '@marquee/service-kit';
import { buildSchema, type GraphQLSchema, parse } from 'graphql';
import { repositoryRoot } from '../repository.ts';
import type { OperationInUse } from '../schema-changes.ts';
import { readTrustedDocuments } from '../trusted-documents.ts';
import { clientsByOperation, readUsage } from '../usage.ts';

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

/** What clients see of a supergraph; a text that is an API schema already is taken as it is. */
export function apiSchemaOf(sdl: string): GraphQLSchema {
  try {
    if (!/@link\b|@core\b/.test(sdl)) return buildSchema(sdl);
    return Supergraph.build(sdl, { supportedFeatures: null })
      .apiSchema()
      .toGraphQLJSSchema({ includeDefer: true });
  } catch (cause) {
    const message = `this is neither a supergraph nor an API schema: ${(cause as Error).message}`;
    throw new MarqueeError('CONFIG_INVALID', { message, cause });
  }
}

/** The trusted documents, with the clients that were recorded for them, and what else was recorded. */
export function operationsInUse(usageFile: string | undefined): readonly OperationInUse[] {
  const usage = usageFile === undefined ? [] : readUsage(readText(usageFile), usageFile);
  const clients = clientsByOperation(usage);
  const trusted = readTrustedDocuments();
  const names = new Set(trusted.map(({ name }) => name));
  const others = usage.flatMap(({ operation, document }) => {
    if (document === undefined || names.has(operation)) return [];
    names.add(operation);
    return [{ name: operation, document: parse(document), clients: clients.get(operation) ?? [] }];
  });
  return [
    ...trusted.map(({ name, document }) => ({ name, document, clients: clients.get(name) ?? [] })),
    ...others,
  ];
}
