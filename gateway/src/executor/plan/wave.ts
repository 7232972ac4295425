/**
 * Collects the fetches that a request makes in one go and sends those for one subgraph as one. A subgraph then
 * loads for all of them at once, and the gateway pays for one request instead of several.
 */
import type { SubgraphError, SubgraphResult } from '../../data-source/data-source.ts';
import type { LeastRecentlyUsed } from '../planning/least-recently-used.ts';
import type { Data } from './data.ts';
import { type MergedFetch, mergeFetches } from './merged-fetch.ts';
import type { FetchStep } from './steps.ts';
import { silentAnswer } from './subgraph-errors.ts';

export type Send = (step: FetchStep, variables: Data) => Promise<SubgraphResult>;

/** By the ids of their members: which members a wave has depends on the data. `null`: cannot be merged. */
export type MergedFetches = LeastRecentlyUsed<string, MergedFetch | null>;

interface Waiting {
  readonly step: FetchStep;
  readonly variables: Data;
  readonly resolve: (result: SubgraphResult) => void;
  readonly reject: (error: unknown) => void;
}

/** For one request. */
export function sendInWaves(send: Send, merged: MergedFetches): Send {
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const wave = waiting;
    waiting = [];
    const [first] = wave;
    // Most waves of a small operation are of one.
    if (wave.length === 1 && first !== undefined) {
      sendAlone(first, send);
      return;
    }
    const bySubgraph = Map.groupBy(wave, ({ step }) => step.subgraph);
    for (const fetches of bySubgraph.values()) {
      if (fetches.length === 1 || !sendMerged(fetches, send, merged)) {
        for (const each of fetches) sendAlone(each, send);
      }
    }
  };
  return (step, variables) => {
    // Mutations and root fields are asked once; there is nothing to merge them with.
    if (step.represent === undefined || step.operationKind !== 'query') return send(step, variables);
    return new Promise((resolve, reject) => {
      if (waiting.length === 0) queueMicrotask(flush);
      waiting.push({ step, variables, resolve, reject });
    });
  };
}

function sendAlone({ step, variables, resolve, reject }: Waiting, send: Send): void {
  send(step, variables).then(
    (result) => resolve(notSilent(result, () => silentAnswer(step.subgraph))),
    reject,
  );
}

/** Without its entities an answer has to say why. */
function notSilent(result: SubgraphResult, silence: () => SubgraphError): SubgraphResult {
  const isSilent = (result.data?._entities ?? null) === null && !result.errors?.length;
  return isSilent ? { ...result, errors: [silence()] } : result;
}

function sendMerged(fetches: readonly Waiting[], send: Send, known: MergedFetches): boolean {
  const key = fetches.map(({ step }) => step.id).join(' ');
  let merged = known.get(key);
  if (merged === undefined) {
    merged = mergeFetches(fetches.map(({ step }) => step)) ?? null;
    known.set(key, merged);
  }
  if (merged === null) return false;
  const { split, step, variables } = merged;
  send(step, variables(fetches.map((fetch) => fetch.variables))).then(
    (result) => {
      const results = split(result);
      // What one member was told is why others have nothing, and silence is told once.
      const isTold = (result.errors?.length ?? 0) > 0;
      let silent: SubgraphError | undefined;
      const silence = () => {
        silent ??= silentAnswer(step.subgraph);
        return silent;
      };
      fetches.forEach(({ resolve }, index) => {
        const each = results[index] as SubgraphResult;
        resolve(isTold ? each : notSilent(each, silence));
      });
    },
    // One request failed, and its failure, being the same for all, is told once.
    (error) => {
      for (const { reject } of fetches) reject(error);
    },
  );
  return true;
}
