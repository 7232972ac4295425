/**
 * One look at the line of a model that finds candidates, and at most one move. What finds candidates has no shadow and no canary of its own: it is examined on what
 * people watched next, and then serves; pages stay the ranker's, whose guardrails watch them. The first version of all is for a person to
 * promote: what it is worth to pages there is nothing here to compare with.
 */
import {
  type GateLimits,
  judgeRetrieval,
  latestIn,
  productionOf,
  type RetrievalExaminer,
  type RetrievalRegistry,
  readRetrievalHoldout,
} from '@marquee/model-registry';
import { isMarqueeError } from '@marquee/service-kit';
import { overtake, overtakenBy } from './overtake.ts';
import { failed, MODEL_PROMOTER, NOTHING, reject, type Step, stays } from './promote-step.ts';

export interface RetrievalPromoterDeps {
  readonly registry: RetrievalRegistry;
  readonly examiner: RetrievalExaminer;
  readonly signal?: AbortSignal;
}

/** @throws MarqueeError DATA_CORRUPT for a damaged registry or holdout; CONFLICT when somebody else moved it meanwhile */
export async function promoteRetrievalStep(
  { registry, examiner, signal }: RetrievalPromoterDeps,
  limits: Partial<GateLimits>,
): Promise<Step> {
  const { state } = await registry.current();
  const candidate = latestIn('candidate', state);
  if (candidate === undefined) return NOTHING;
  const production = productionOf(state);
  if (production === undefined) {
    return stays(candidate, 'candidate', 'the first version is for a person to promote');
  }
  const overtaken = await overtakenBy(registry, candidate, production);
  if (overtaken !== undefined) return reject({ registry }, candidate, 'candidate', overtaken, null);
  if (state.pinned !== null) return stays(candidate, 'candidate', `${state.pinned} is pinned`);
  const holdout = await readRetrievalHoldout(registry.modelsFolder).catch((error: unknown) => {
    if (isMarqueeError(error, 'NOT_FOUND')) return undefined;
    throw error;
  });
  if (holdout === undefined) {
    return stays(candidate, 'candidate', 'there is no retrieval holdout to examine it on');
  }
  const report = await judgeRetrieval({ registry, examiner, candidate, production, holdout, limits, signal });
  if (!report.passed) {
    return reject({ registry }, candidate, 'candidate', `stopped by ${failed(report.gates)}`, report);
  }
  await overtake(registry, state, candidate, MODEL_PROMOTER);
  const why = 'all gates passed';
  await registry.promote(candidate, {
    ...{ by: MODEL_PROMOTER, why, to: 'production', evidence: report, forced: false },
    expectedProduction: production,
  });
  return { version: candidate, from: 'candidate', to: 'production', why };
}
