/**
 * The operations that a change is judged by: the trusted documents, and what was recorded. Told apart by what they ask for,
 * not by their names: clients of several versions send different documents under one name.
 */
import { createHash } from 'node:crypto';
import { MarqueeError } from '@marquee/service-kit';
import { type DocumentNode, Kind, parse } from 'graphql';
import { textWithoutLiterals } from '../gateway/src/sight/document-fields.ts';
import { readText } from './commands/supergraph-text.ts';
import type { OperationInUse } from './schema-changes.ts';
import { readTrustedDocuments } from './trusted-documents.ts';
import { readUsage, type Usage } from './usage.ts';

interface KnownOperation {
  readonly name: string;
  readonly document: DocumentNode;
  readonly clients: Set<string>;
}

/** The trusted documents, with the clients that were recorded for them, and what else was recorded. */
export function operationsInUse(usageFile: string | undefined): readonly OperationInUse[] {
  const usage = usageFile === undefined ? [] : readUsage(readText(usageFile), usageFile);
  return withRecorded(readTrustedDocuments(), usage, usageFile ?? '');
}

/**
 * What was counted and never sent is in nobody's use.
 * @param file of the records, for errors. @throws MarqueeError CONFIG_INVALID for a record that nothing can be judged by.
 */
export function withRecorded(
  trusted: readonly OperationInUse[],
  usage: Usage,
  file: string,
): readonly OperationInUse[] {
  const known = new Map<string, KnownOperation>();
  for (const { name, document } of trusted) {
    known.set(textOf(document) ?? name, { name, document, clients: new Set() });
  }
  const sent = usage.filter(({ count }) => count !== 0);
  for (const { operation, document: text, client, version } of sent) {
    if (text === undefined) continue;
    const document = parsed(text, operation, file);
    const key = textOf(document);
    if (key === undefined) throw unusable(file, operation, 'its document holds no operation');
    const taken = [...known.values()].some(({ name }) => name === operation);
    const name = taken
      ? `${operation}-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`
      : operation;
    const same = known.get(key) ?? { name, document, clients: new Set() };
    known.set(key, same);
    same.clients.add(clientOf(client, version));
  }
  for (const { operation, document, client, version } of sent) {
    if (document !== undefined) continue;
    const named = [...known.values()].filter(({ name }) => name === operation);
    if (named.length === 0) {
      throw unusable(file, operation, 'it is no trusted document, and the record has no document');
    }
    for (const { clients } of named) clients.add(clientOf(client, version));
  }
  return [...known.values()].map((each) => ({ ...each, clients: [...each.clients].sort() }));
}

function clientOf(client: string, version: string | undefined): string {
  return version === undefined ? client : `${client}@${version}`;
}

/** The same for what gateways record of it, without literals. Undefined: without an operation. */
function textOf(document: DocumentNode): string | undefined {
  const texts = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [textWithoutLiterals(document, definition)] : [],
  );
  return texts.length === 0 ? undefined : texts.join('\n');
}

function parsed(text: string, operation: string, file: string): DocumentNode {
  try {
    return parse(text);
  } catch (cause) {
    throw unusable(file, operation, (cause as Error).message);
  }
}

function unusable(file: string, operation: string, why: string): MarqueeError {
  return new MarqueeError('CONFIG_INVALID', `${file}: ${operation} cannot be judged by: ${why}`);
}
