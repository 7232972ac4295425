/** Where trusted documents come from: manifests, folders of `.graphql` files, and the registry. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { DocumentIndex } from './document-index.ts';
import { MAX_MANIFEST_LENGTH, parseManifest } from './manifest.ts';
import { asTrustedOperation, operationRegistry } from './operation-registry.ts';
import { firstOperationOf, type TrustedOperation } from './trusted-operation.ts';

export interface DocumentSources {
  /** Manifests, and folders of documents: one operation per file, whose ids are the file's name and its SHA-256. */
  readonly files: readonly string[];
  /** A registry's folder. */
  readonly registry: string | undefined;
}

/** @throws MarqueeError BAD_USER_INPUT, CONFLICT, DATA_CORRUPT or NOT_FOUND, naming the file. */
export async function loadDocuments({ files, registry }: DocumentSources): Promise<DocumentIndex> {
  const local = await Promise.all(files.map(readSource));
  const published = registry === undefined ? [] : (await operationRegistry(registry).latest()).value;
  return new DocumentIndex([...local.flat(), ...published.map(asTrustedOperation)]);
}

async function readSource(path: string): Promise<readonly TrustedOperation[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new MarqueeError('NOT_FOUND', { message: `${path} cannot be read: ${error.code}`, cause: error });
  });
  if (found.isDirectory()) return readFolder(path);
  // Before it is read: no character takes less than a byte, and hardly any of GraphQL more.
  if (found.size > MAX_MANIFEST_LENGTH) {
    throw new MarqueeError('BAD_USER_INPUT', `${path} is larger than ${MAX_MANIFEST_LENGTH} bytes`);
  }
  try {
    const { operations } = parseManifest(await readFile(path, 'utf8'));
    return operations.map(({ id, name, text }) => ({ id, name, text, clients: [] }));
  } catch (error) {
    throw new MarqueeError('BAD_USER_INPUT', {
      message: `${path}: ${(error as Error).message}`,
      cause: error,
    });
  }
}

async function readFolder(folder: string): Promise<readonly TrustedOperation[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).sort();
  const operations = await Promise.all(names.map((name) => readDocument(join(folder, name))));
  return operations.flat();
}

async function readDocument(file: string): Promise<readonly TrustedOperation[]> {
  const text = await readFile(file, 'utf8');
  let name: string | undefined;
  try {
    const operation = firstOperationOf(text);
    if (operation === undefined) throw new Error('it holds no operation');
    name = operation.name;
  } catch (error) {
    throw new MarqueeError('BAD_USER_INPUT', {
      message: `${file}: ${(error as Error).message}`,
      cause: error,
    });
  }
  const hash = createHash('sha256').update(text).digest('hex');
  return [basename(file, '.graphql'), hash].map((id) => ({ id, name, text, clients: [] }));
}
