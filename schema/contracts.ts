/** Contract variants: which there are, and what their clients see. The gateway derives the same from what it serves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printSchema, Supergraph } from '@apollo/federation-internals';
import { type ContractFilter, parseContracts } from '../gateway/src/contracts/contract-filter.ts';
import { contractSupergraph } from '../gateway/src/contracts/contract-supergraph.ts';
import { repositoryRoot } from './repository.ts';

export const CONTRACTS_FILE = 'schema/contracts/contracts.json';

export function readContracts(): readonly ContractFilter[] {
  return parseContracts(CONTRACTS_FILE, readFileSync(join(repositoryRoot, CONTRACTS_FILE), 'utf8'));
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
