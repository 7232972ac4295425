/** Changes as text. */
import type { OwnedChange } from '../owners/change-owners.ts';
import type { AffectedOperation, SchemaChange } from '../schema-changes.ts';

export function findingLines(changes: readonly OwnedChange[]): readonly string[] {
  if (changes.length === 0) return ['no change that clients could see'];
  return changes.flatMap((change) => [
    `${change.criticality}: ${inContract(change)}${change.description}${change.owner === undefined ? '' : ` (ask team ${change.owner})`}`,
    ...operationLines(change),
  ]);
}

function inContract({ contract }: SchemaChange): string {
  return contract === undefined ? '' : `for clients of contract ${contract}: `;
}

function operationLines({ criticality, operations }: SchemaChange): readonly string[] {
  if (criticality === 'safe') return [];
  if (operations.length > 0) return operations.map((operation) => `    ${outcome(criticality, operation)}`);
  return criticality === 'breaking'
    ? ['    breaks no operation that is known; other clients may use it']
    : ['    no operation that is known is concerned'];
}

function outcome(
  criticality: SchemaChange['criticality'],
  { name, clients, refused }: AffectedOperation,
): string {
  const whose = clients.length === 0 ? 'no client recorded' : `sent by ${clients.join(', ')}`;
  if (criticality === 'dangerous') return `may surprise ${name} (${whose})`;
  return `breaks ${name}: ${refused ? 'it would be refused' : 'its answers change'} (${whose})`;
}

export function tally(changes: readonly SchemaChange[]): string {
  const count = (criticality: SchemaChange['criticality']) =>
    changes.filter((change) => change.criticality === criticality).length;
  return `${count('breaking')} breaking, ${count('dangerous')} dangerous, ${count('safe')} safe`;
}
