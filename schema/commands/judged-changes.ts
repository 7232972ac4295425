/** What one supergraph in the place of another changes for clients, as commands tell it: with operations, clients and teams. */
import { readContracts } from '../contracts.ts';
import { operationsInUse } from '../operations-in-use.ts';
import { type OwnedChange, ownerships, withOwners } from '../owners/change-owners.ts';
import { supergraphChanges } from '../supergraph-changes.ts';

/** @param before and @param after texts of supergraphs or API schemas. @param usageFile recorded usage. */
export function judgedChanges(
  before: string,
  after: string,
  usageFile: string | undefined,
): readonly OwnedChange[] {
  const changes = supergraphChanges(before, after, operationsInUse(usageFile), readContracts());
  return withOwners(changes, ownerships([after, before]));
}
