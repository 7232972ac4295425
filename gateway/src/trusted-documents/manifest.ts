/**
 * Manifests of trusted documents as client builds write them. Pure.
 *
 * - Apollo: `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id", "name", "type", "body"}]}`
 *   (https://www.apollographql.com/docs/graphos/platform/security/persisted-queries)
 * - Relay: `{"<md5>": "<document>"}`, or the older list of pairs `[["<md5>", "<document>"]]`
 *   (https://relay.dev/docs/guides/persisted-queries)
 * - plain: `{"<id>": "<document>"}`
 */
import { MarqueeError } from '@marquee/service-kit';
import { GraphQLError } from 'graphql';
import { firstOperationOf, isOperationId } from './trusted-operation.ts';

export type ManifestFormat = 'apollo' | 'relay' | 'plain';

export interface ManifestOperation {
  readonly id: string;
  /** Of the first operation in the document. */
  readonly name: string | undefined;
  readonly text: string;
}

export interface Manifest {
  readonly format: ManifestFormat;
  readonly operations: readonly ManifestOperation[];
}

const APOLLO_FORMAT = 'apollo-persisted-query-manifest';
const MD5 = /^[0-9a-f]{32}$/;
/** Characters. */
export const MAX_MANIFEST_LENGTH = 32 * 1024 * 1024;
const MAX_OPERATIONS = 20_000;
/** More of them help nobody to see what is wrong. */
const MAX_PROBLEMS = 20;

type Entry = readonly [where: string, id: unknown, text: unknown, name?: unknown];

/** @throws MarqueeError BAD_USER_INPUT with one line per problem, naming the operation. */
export function parseManifest(text: string): Manifest {
  if (text.length > MAX_MANIFEST_LENGTH) {
    throw refused([`it has ${text.length} characters; at most ${MAX_MANIFEST_LENGTH} are read`]);
  }
  const { format, entries } = entriesOf(parseJson(text));
  if (entries.length > MAX_OPERATIONS) {
    throw refused([`it has ${entries.length} operations; at most ${MAX_OPERATIONS} are taken`]);
  }
  const problems: string[] = [];
  const operations = new Map<string, ManifestOperation>();
  for (const entry of entries) {
    const read = operationOf(entry);
    if (typeof read === 'string') problems.push(read);
    else if ((operations.get(read.id)?.text ?? read.text) !== read.text) {
      problems.push(`${entry[0]}: the id ${read.id} stands for two different documents`);
    } else operations.set(read.id, read);
  }
  if (problems.length > 0) throw refused(problems);
  return { format, operations: [...operations.values()] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw refused([`it is not JSON: ${(error as Error).message}`]);
  }
}

function entriesOf(manifest: unknown): { format: ManifestFormat; entries: readonly Entry[] } {
  if (Array.isArray(manifest)) return { format: 'relay', entries: pairs(manifest) };
  if (typeof manifest !== 'object' || manifest === null)
    throw refused(['it is neither an object nor a list']);
  const { format, version, operations } = manifest as Record<string, unknown>;
  if (format === APOLLO_FORMAT) {
    if (version !== 1) throw refused([`version ${JSON.stringify(version)} is unknown; it must be 1`]);
    if (!Array.isArray(operations)) throw refused(['`operations` must be a list']);
    const entries = operations.map((operation: unknown, index): Entry => {
      const { id, body, name } = (operation ?? {}) as Record<string, unknown>;
      return [`operations[${index}]`, id, body, name];
    });
    return { format: 'apollo', entries };
  }
  if (typeof format === 'string' && operations !== undefined) {
    throw refused([`the format "${format.slice(0, 80)}" is unknown; it must be "${APOLLO_FORMAT}"`]);
  }
  const entries = Object.entries(manifest).map(([id, body]): Entry => [JSON.stringify(id), id, body]);
  const relay = entries.length > 0 && entries.every(([, id]) => MD5.test(String(id)));
  return { format: relay ? 'relay' : 'plain', entries };
}

function pairs(list: readonly unknown[]): readonly Entry[] {
  return list.map((pair, index): Entry => {
    const [id, text] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    return [`[${index}]`, id, text];
  });
}

/** Or what is wrong with it. */
function operationOf([where, id, text, name]: Entry): ManifestOperation | string {
  if (!isOperationId(id)) return `${where}: the id must be 1 to 256 printable characters without spaces`;
  if (typeof text !== 'string' || text.trim() === '') return `${where}: ${id} has no document`;
  let found: ReturnType<typeof firstOperationOf>;
  try {
    // Read and forgotten: all of them at once would be many times what the manifest is.
    found = firstOperationOf(text);
  } catch (error) {
    return `${where}: ${id} does not parse: ${positioned(error)}`;
  }
  if (found === undefined) return `${where}: ${id} holds no operation`;
  if (typeof name === 'string' && name !== '' && found.name !== undefined && found.name !== name) {
    return `${where}: ${id} is called ${name} and holds the operation ${found.name}`;
  }
  return { id, name: found.name, text };
}

function positioned(error: unknown): string {
  const { message } = error as Error;
  const line = error instanceof GraphQLError ? error.locations?.[0]?.line : undefined;
  return line === undefined ? message : `line ${line}: ${message}`;
}

function refused(problems: readonly string[]): MarqueeError {
  const more = problems.length - MAX_PROBLEMS;
  const lines = [...problems.slice(0, MAX_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])];
  return new MarqueeError('BAD_USER_INPUT', `the manifest cannot be used:\n  ${lines.join('\n  ')}`);
}
