/** What changed for clients from one published supergraph to the next, for people and for programs. */
import type { Publication, Publications } from '@marquee/gateway/supergraph';
import { readContracts } from './contracts.ts';
import { ownerships, withOwners } from './owners/change-owners.ts';
import type { SchemaChange } from './schema-changes.ts';
import { supergraphChanges } from './supergraph-changes.ts';

export interface ChangelogEntry extends Publication {
  /** The first version, or the one before is not kept any more: then nothing is known of what changed. */
  readonly comparedWith: number | undefined;
  readonly changes: readonly ChangelogChange[];
}

export interface ChangelogChange
  extends Pick<SchemaChange, 'criticality' | 'kind' | 'description' | 'contract'> {
  readonly owner: string | undefined;
}

/** @param since only versions after it. Newest first, as the history. */
export async function changelog(
  publications: Publications,
  since: number,
): Promise<readonly ChangelogEntry[]> {
  const history = await publications.history();
  const entries: ChangelogEntry[] = [];
  // One after the other: a text is some megabytes in a large graph, and there may be a hundred.
  for (const [index, publication] of history.entries()) {
    if (publication.version <= since) break;
    const before = history[index + 1];
    const [text, textBefore] = [
      await publications.text(publication.version),
      before && (await publications.text(before.version)),
    ];
    const known = text !== undefined && textBefore !== undefined;
    entries.push({
      ...publication,
      comparedWith: known ? before?.version : undefined,
      changes: known ? changesBetween(textBefore, text) : [],
    });
  }
  return entries;
}

function changesBetween(before: string, after: string): readonly ChangelogChange[] {
  const changes = supergraphChanges(before, after, [], readContracts());
  return withOwners(changes, ownerships([after, before])).map(
    ({ criticality, kind, description, contract, owner }) => ({
      ...{ criticality, kind, description, owner },
      ...(contract !== undefined && { contract }),
    }),
  );
}

const TITLES = { breaking: 'Breaking', dangerous: 'Dangerous', safe: 'Safe' } as const;

export function changelogMarkdown(entries: readonly ChangelogEntry[]): string {
  if (entries.length === 0) return 'Nothing was published.';
  return entries.map((entry) => entryLines(entry).join('\n')).join('\n\n');
}

function entryLines(entry: ChangelogEntry): readonly string[] {
  const { version, publishedAt, publishedBy, note, rollbackTo, comparedWith, changes } = entry;
  const back = rollbackTo === undefined ? '' : `Back to version ${rollbackTo}. `;
  const lines = [
    `## Version ${version}, ${publishedAt.slice(0, 10)}`,
    '',
    `${back}${note === '' ? 'No note' : note} (${publishedBy}).`,
  ];
  if (comparedWith === undefined) return [...lines, '', 'No version before it to compare with.'];
  if (changes.length === 0) return [...lines, '', 'Nothing that clients could see.'];
  for (const criticality of ['breaking', 'dangerous', 'safe'] as const) {
    const of = changes.filter((change) => change.criticality === criticality);
    if (of.length === 0) continue;
    lines.push('', `### ${TITLES[criticality]}`);
    for (const [owner, theirs] of byOwner(of)) {
      lines.push(
        '',
        `**${owner}**`,
        '',
        ...theirs.map(
          ({ description, contract }) =>
            `- ${description}${contract === undefined ? '' : ` (contract ${contract})`}`,
        ),
      );
    }
  }
  return lines;
}

function byOwner(
  changes: readonly ChangelogChange[],
): readonly (readonly [string, readonly ChangelogChange[]])[] {
  const owners = [...new Set(changes.map(({ owner }) => owner ?? 'nobody'))].sort();
  return owners.map((name) => [name, changes.filter(({ owner }) => (owner ?? 'nobody') === name)]);
}
