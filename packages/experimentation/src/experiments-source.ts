/** Where a process gets its experiments from. */
import { readFileSync } from 'node:fs';
import { MarqueeError } from '@marquee/service-kit';
import { parseExperiments } from './parse-experiments.ts';
import type { ExperimentsSnapshot } from './snapshot.ts';

export interface ExperimentsSource {
  /** The snapshot in force. Costs nothing: it is in memory and replaced as a whole. */
  current(): ExperimentsSnapshot;
}

/** Nobody is tried anything out on. */
export const NO_EXPERIMENTS: ExperimentsSnapshot = { holdouts: [], layers: [], experiments: [] };

export function fixedExperiments(snapshot: ExperimentsSnapshot): ExperimentsSource {
  return { current: () => snapshot };
}

/**
 * Reads and validates a configuration file once, while the process starts.
 *
 * @throws MarqueeError CONFIG_INVALID naming the file and every error in it.
 */
export function fileExperiments(path: string | URL): ExperimentsSource {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new MarqueeError('CONFIG_INVALID', {
      message: `cannot read experiments from ${path}: ${(error as Error).message}`,
      cause: error,
    });
  }
  return fixedExperiments(parseExperiments(json, String(path)));
}
