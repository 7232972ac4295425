/**
 * What clients may notice when one supergraph takes the place of another: what the API schemas say, what callers must be
 * allowed, what operations cost, and what clients of contract variants alone would notice.
 */
import { type GraphQLSchema, validate } from 'graphql';
import type { ContractFilter } from '../gateway/src/contracts/contract-filter.ts';
import { type ContractVariant, contractVariant } from '../gateway/src/contracts/contract-supergraph.ts';
import { supergraphDocument } from '../gateway/src/executor/supergraph/supergraph-document.ts';
import { type AccessChange, findAccessChanges } from './access-changes.ts';
import { type CacheChange, findCacheChanges } from './cache-changes.ts';
import { apiSchemaOf, isSupergraph } from './commands/supergraph-text.ts';
import { findCostChanges } from './cost-changes.ts';
import { type OperationInUse, type SchemaChange, schemaChanges } from './schema-changes.ts';
import { schemaUse } from './schema-use.ts';

const SEVERITY = ['breaking', 'dangerous', 'safe'];

/**
 * @param before and @param after texts of supergraphs, or of API schemas, which tell of less.
 * @throws MarqueeError CONFIG_INVALID for what is neither.
 */
export function supergraphChanges(
  before: string,
  after: string,
  operations: readonly OperationInUse[],
  contracts: readonly ContractFilter[],
): readonly SchemaChange[] {
  const [apiBefore, apiAfter] = [apiSchemaOf(before), apiSchemaOf(after)];
  const changes = [...schemaChanges(apiBefore, apiAfter, operations)];
  if (isSupergraph(before) && isSupergraph(after)) {
    const [old, next] = [supergraphDocument(before), supergraphDocument(after)];
    changes.push(
      ...ofWhatStays(
        [...findAccessChanges(apiBefore, old, next), ...findCacheChanges(before, after)],
        apiBefore,
        apiAfter,
        operations,
      ),
      ...findCostChanges(apiBefore, old, next, validOver(apiBefore, validOver(apiAfter, operations))),
      ...contracts.flatMap((contract) => contractChanges(before, after, operations, contract, changes)),
    );
  }
  return changes.sort((a, b) => SEVERITY.indexOf(a.criticality) - SEVERITY.indexOf(b.criticality));
}

/** Nobody is denied what is gone or new, nor keeps it. */
function ofWhatStays(
  changes: readonly (AccessChange | CacheChange)[],
  before: GraphQLSchema,
  after: GraphQLSchema,
  operations: readonly OperationInUse[],
): readonly SchemaChange[] {
  const staying = changes.filter(
    ({ coordinate }) => isPartOf(before, coordinate) && isPartOf(after, coordinate),
  );
  if (staying.length === 0) return [];
  const uses = operations.map((operation) => ({ operation, use: schemaUse(before, operation.document) }));
  return staying.map(({ coordinate, ...change }) => ({
    ...change,
    operations:
      change.criticality === 'safe'
        ? []
        : uses
            .filter(({ use }) => use.answered.has(coordinate) || use.types.has(coordinate))
            .map(({ operation: { name, clients = [] } }) => ({ name, clients, refused: false })),
  }));
}

/** @param coordinate `Type` or `Type.field`. */
function isPartOf(schema: GraphQLSchema, coordinate: string): boolean {
  const [name = '', field] = coordinate.split('.');
  const type = schema.getType(name);
  return type !== undefined && (field === undefined || ('getFields' in type && field in type.getFields()));
}

/** What nobody but the contract's clients would notice, for instance when a field loses the tag that shows it to them. */
function contractChanges(
  before: string,
  after: string,
  operations: readonly OperationInUse[],
  contract: ContractFilter,
  known: readonly SchemaChange[],
): readonly SchemaChange[] {
  const { name } = contract;
  let old: GraphQLSchema | undefined;
  let next: GraphQLSchema | undefined;
  let promised: ContractVariant;
  try {
    promised = contractVariant(before, contract, (sdl) => {
      old = apiSchemaOf(sdl);
    });
  } catch {
    // A graph that the contract is not about, or one that it is to make usable.
    return [];
  }
  if (old === undefined) return [];
  const theirs = validOver(old, operations);
  try {
    contractVariant(
      after,
      contract,
      (sdl) => {
        next = apiSchemaOf(sdl);
      },
      promised,
    );
  } catch (error) {
    const description = (error as Error).message;
    const refused = theirs.map(({ name: operation, clients = [] }) => ({
      name: operation,
      clients,
      refused: true,
    }));
    return [
      { criticality: 'breaking', kind: 'CONTRACT_BROKEN', description, operations: refused, contract: name },
    ];
  }
  // Not asked for: there is nothing in it that its clients could see.
  if (next === undefined) return [];
  const everybodys = new Set(known.map(({ description }) => description));
  return schemaChanges(old, next, theirs)
    .filter(({ description }) => !everybodys.has(description))
    .map((change) => ({ ...change, contract: name }));
}

function validOver(schema: GraphQLSchema, operations: readonly OperationInUse[]): readonly OperationInUse[] {
  return operations.filter(
    ({ document }) => validate(schema, document, undefined, { maxErrors: 1 }).length === 0,
  );
}
