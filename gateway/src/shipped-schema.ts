/** The composed supergraph and the shipped operations, as they stand in `schema/`. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCHEMA = fileURLToPath(new URL('../../schema', import.meta.url));

export function readSupergraph(): Promise<string> {
  return readFile(join(SCHEMA, 'supergraph.graphql'), 'utf8');
}

/** By name, `HomeRows` first: the one a newcomer should meet. */
export async function readTrustedDocuments(): Promise<{ name: string; document: string }[]> {
  const folder = join(SCHEMA, 'trusted-documents');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.graphql')).sort();
  const documents = await Promise.all(
    files.map(async (file) => ({
      name: basename(file, '.graphql'),
      document: await readFile(join(folder, file), 'utf8'),
    })),
  );
  return documents.sort((a, b) => Number(b.name === 'HomeRows') - Number(a.name === 'HomeRows'));
}
