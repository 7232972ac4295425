/** Contract variants: which there are, and what their clients see. The gateway derives the same from what it serves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printSchema, Supergraph } from '@apollo/federation-internals';
import { MarqueeError } from '@marquee/service-kit';
import { type ContractFilter, contractsSchema } from '../gateway/src/contracts/contract-filter.ts';
import { contractSupergraph } from '../gateway/src/contracts/contract-supergraph.ts';
import { repositoryRoot } from './repository.ts';

export const CONTRACTS_FILE = 'schema/contracts/contracts.json';

export function readContracts(): readonly ContractFilter[] {
  return parseContracts(readFileSync(join(repositoryRoot, CONTRACTS_FILE), 'utf8'));
}

/** @throws MarqueeError CONFIG_INVALID naming file and place. */
export function parseContracts(text: string): readonly ContractFilter[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const message = `${CONTRACTS_FILE} is not JSON: ${(cause as Error).message}`;
    throw new MarqueeError('CONFIG_INVALID', { message, cause });
  }
  const result = contractsSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new MarqueeError('CONFIG_INVALID', `${CONTRACTS_FILE}: ${problems.join('; ')}`);
}

/** @throws MarqueeError CONFIG_INVALID naming a contract that makes no graph of this supergraph. */
export function contractApis(
  supergraphSdl: string,
): readonly { readonly name: string; readonly sdl: string }[] {
  return readContracts().map((contract) => {
    const variant = Supergraph.build(contractSupergraph(supergraphSdl, contract), {
      supportedFeatures: null,
    });
    return { name: contract.name, sdl: `${printSchema(variant.apiSchema()).trimEnd()}\n` };
  });
}
