/** The composed supergraph and the shipped operations, as they stand in `schema/`. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GatewayConfig } from './config.ts';
import { type ContractFilter, parseContracts } from './contracts/contract-filter.ts';

const SCHEMA = fileURLToPath(new URL('../../schema', import.meta.url));

export function readSupergraph(): Promise<string> {
  return readFile(join(SCHEMA, 'supergraph.graphql'), 'utf8');
}

/** Variants of the graph that Marquee serves to others. @throws MarqueeError CONFIG_INVALID */
export async function readContracts(): Promise<readonly ContractFilter[]> {
  const text = await readFile(join(SCHEMA, 'contracts/contracts.json'), 'utf8');
  return parseContracts('schema/contracts/contracts.json', text);
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

/** The shipped operations are trusted where the configuration names no others. */
export function trustingShippedDocuments(config: GatewayConfig): GatewayConfig {
  const { documents } = config;
  if (documents.files.length > 0) return config;
  return { ...config, documents: { ...documents, files: [join(SCHEMA, 'trusted-documents')] } };
}
