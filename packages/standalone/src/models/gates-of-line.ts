/** What the gates of a line say of a version: a ranker's, or those of what finds candidates. */
import { systemClock } from '@marquee/domain';
import {
  type GateReport,
  judge,
  judgeRetrieval,
  measureCandidate,
  type RetrievalExaminer,
  rankerRegistry,
  readHoldout,
  readRetrievalHoldout,
} from '@marquee/model-registry';
import { MarqueeError } from '@marquee/service-kit';
import { RANKING_INPUTS, rankingRuntime } from '../deps.ts';
import type { ModelsRequest } from './model-commands.ts';
import { MODEL_LINES } from './model-lines.ts';

type GatesRequest = Pick<ModelsRequest, 'place' | 'holdout' | 'tolerance' | 'logger' | 'progress' | 'signal'>;

const SEED = 1;

/** Of a line of what finds candidates. */
export function examinerOf({ place, logger }: GatesRequest): RetrievalExaminer | undefined {
  return MODEL_LINES[place.line].examiner?.(logger);
}

/** @param production undefined: nothing is in production. @throws MarqueeError NOT_FOUND without a holdout or the candidate */
export function gatesFor(
  request: GatesRequest,
  candidate: string,
  production: string | undefined,
): Promise<GateReport> {
  const examiner = examinerOf(request);
  return examiner === undefined
    ? rankerGates(request, candidate, production)
    : retrievalGates(request, examiner, candidate, production);
}

async function rankerGates(
  { place, logger, signal, tolerance, progress, holdout: name }: GatesRequest,
  candidate: string,
  production: string | undefined,
): Promise<GateReport> {
  const { modelsFolder } = place.registry;
  const holdout = await readHoldout(modelsFolder, name).catch((error: unknown) => {
    if (error instanceof MarqueeError && error.code === 'NOT_FOUND') {
      throw new MarqueeError('NOT_FOUND', `${error.message}; npm run models -- holdout makes one`);
    }
    throw error;
  });
  progress.phase('gates');
  try {
    const findings = await measureCandidate({
      registry: rankerRegistry({ modelsFolder, clock: systemClock }),
      ...{ candidate, production, holdout, signal },
      served: RANKING_INPUTS,
      makeRuntime: () => rankingRuntime({ rankerThreads: 1, logger }),
      seed: SEED,
    });
    const comparedWith = findings.production === undefined ? null : (production ?? null);
    return judge(findings, comparedWith, tolerance === undefined ? {} : { ndcgTolerance: tolerance });
  } finally {
    progress.end();
  }
}

async function retrievalGates(
  { place: { registry }, holdout: name, tolerance, progress, signal }: GatesRequest,
  examiner: RetrievalExaminer,
  candidate: string,
  production: string | undefined,
): Promise<GateReport> {
  const holdout = await readRetrievalHoldout(registry.modelsFolder, name);
  progress.phase('gates');
  try {
    return await judgeRetrieval({
      ...{ registry, examiner, candidate, production, holdout, signal },
      ...(tolerance !== undefined && { limits: { recallTolerance: tolerance } }),
    });
  } finally {
    progress.end();
  }
}
