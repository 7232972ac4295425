/**
 * One look at the registry, and at most one step: the canary first, because it serves somebody; then what is in shadow; then the newest
 * candidate, which waits for both. Every move is made with its evidence, by the name of this worker, and is nothing that a person could not do or undo.
 */
import type { Clock } from '@marquee/domain';
import { openLake } from '@marquee/event-lake';
import type { KeyValueStore } from '@marquee/feature-store';
import {
  examinedLogOdds,
  type GateLimits,
  type GateReport,
  type GateResult,
  judge,
  judgeShadow,
  latestIn,
  logOddsBetween,
  type ModelRegistry,
  measureCandidate,
  productionOf,
  type RegistryState,
  readHoldout,
  readShadowTally,
  type ShadowLimits,
} from '@marquee/model-registry';
import type { ModelRuntime, ServedInputs } from '@marquee/model-runtime';
import { isMarqueeError, type Logger } from '@marquee/service-kit';
import { type CanaryLimits, type CanaryReport, judgeCanary } from './canary/judge-canary.ts';
import { readOutcomes } from './canary/read-outcomes.ts';
import type { TitleRuntimes } from './canary/title-runtimes.ts';
import { overtake, overtakenBy, queueText } from './overtake.ts';

export const MODEL_PROMOTER = 'model-promoter';

export interface PromotionPolicy {
  readonly gates: Partial<GateLimits>;
  readonly shadow: Partial<ShadowLimits>;
  readonly canary: Partial<CanaryLimits>;
  /** Of the profiles, that the canary serves. */
  readonly canaryShare: number;
  /** A model that was in shadow for so long without enough pages is stopped. */
  readonly shadowAtMostMs: number;
}

export const DEFAULT_POLICY: PromotionPolicy = {
  gates: {},
  shadow: {},
  canary: {},
  canaryShare: 0.1,
  shadowAtMostMs: 7 * 86_400_000,
};

export interface PromoterDeps {
  readonly registry: ModelRegistry;
  /** Where processes leave what they saw of the model in shadow. */
  readonly store: Pick<KeyValueStore, 'scan' | 'getMany'>;
  readonly lakeFolder: string;
  readonly catalogue: TitleRuntimes;
  readonly served: ServedInputs;
  /** A runtime for the served columns that nobody has started. */
  readonly makeRuntime: () => ModelRuntime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

export interface Step {
  /** What was looked at; undefined when there is nothing on its way. */
  readonly version: string | undefined;
  readonly from: 'candidate' | 'shadow' | 'canary' | undefined;
  /** Where it went; undefined: it stays. */
  readonly to: 'shadow' | 'canary' | 'production' | 'archived' | undefined;
  readonly why: string;
}

export const NOTHING: Step = {
  version: undefined,
  from: undefined,
  to: undefined,
  why: 'nothing is on its way',
};
const LAKE_MEMORY_MEGABYTES = 128;
/** Moves: those since a model came into shadow. */
const LOOKED_BACK = 200;

/** @throws MarqueeError DATA_CORRUPT for a damaged registry, holdout set or lake; CONFLICT when somebody else moved it meanwhile */
export async function promoteStep(deps: PromoterDeps, policy: PromotionPolicy): Promise<Step> {
  const { state } = await deps.registry.current();
  const canary = latestIn('canary', state);
  if (canary !== undefined) return withQueue(await judgeTheCanary(deps, policy, state, canary), state);
  const shadow = latestIn('shadow', state);
  if (shadow !== undefined) return withQueue(await judgeTheShadow(deps, policy, state, shadow), state);
  const candidate = latestIn('candidate', state);
  if (candidate !== undefined) return judgeTheCandidate(deps, policy, state, candidate);
  return NOTHING;
}

function withQueue(step: Step, state: RegistryState): Step {
  const queue = step.to === undefined ? queueText(state) : undefined;
  return queue === undefined ? step : { ...step, why: `${step.why}; ${queue}` };
}

async function judgeTheCandidate(
  deps: PromoterDeps,
  policy: PromotionPolicy,
  state: RegistryState,
  version: string,
): Promise<Step> {
  const { registry } = deps;
  const why = await overtakenBy(registry, version, productionOf(state));
  if (why !== undefined) return reject(deps, version, 'candidate', why, null);
  const report = await gatesFor(deps, policy, state, version);
  if (report === undefined) return stays(version, 'candidate', 'there is no holdout set to examine it on');
  if (!report.passed) return reject(deps, version, 'candidate', `stopped by ${failed(report.gates)}`, report);
  await overtake(registry, state, version, MODEL_PROMOTER);
  if (productionOf(state) === undefined) {
    return promote(deps, version, 'candidate', promotion('production', 'nothing was in production', report));
  }
  return promote(deps, version, 'candidate', promotion('shadow', 'all gates passed', report));
}

async function gatesFor(
  { registry, served, makeRuntime, signal }: PromoterDeps,
  policy: PromotionPolicy,
  state: RegistryState,
  candidate: string,
): Promise<GateReport | undefined> {
  const holdout = await readHoldout(registry.modelsFolder).catch((error: unknown) => {
    if (isMarqueeError(error, 'NOT_FOUND')) return undefined;
    throw error;
  });
  if (holdout === undefined) return undefined;
  const production = productionOf(state);
  const findings = await measureCandidate({
    ...{ registry, candidate, production, holdout, served, makeRuntime },
    ...(signal && { signal }),
  });
  return judge(findings, findings.production === undefined ? null : (production ?? null), policy.gates);
}

async function judgeTheShadow(
  deps: PromoterDeps,
  policy: PromotionPolicy,
  state: RegistryState,
  version: string,
): Promise<Step> {
  const tally = await readShadowTally(deps.store, version);
  const report = judgeShadow(tally, policy.shadow, await logOddsTo(deps.registry, state, version));
  if (report.verdict === 'failed') {
    return reject(deps, version, 'shadow', `stopped in shadow by ${failed(report.checks)}`, report);
  }
  if (report.verdict === 'waiting') {
    const beenFor = deps.clock.now() - Date.parse(state.versions[version]!.since);
    if (beenFor < policy.shadowAtMostMs) {
      return stays(version, 'shadow', `${report.slates} of ${report.limits.slates} pages looked at`);
    }
    return reject(deps, version, 'shadow', `only ${report.slates} pages were looked at`, report);
  }
  const why = `${report.slates} pages in shadow, all checks passed`;
  return promote(deps, version, 'shadow', {
    ...promotion('canary', why, report),
    share: policy.canaryShare,
  });
}

/** What the examination found; of a model that was forced past it, what the manifests say. A folder that was damaged since it was loaded does not say. */
async function logOddsTo(registry: ModelRegistry, state: RegistryState, version: string): Promise<number> {
  const production = productionOf(state);
  if (production === undefined) return 0;
  const examined = (await registry.history(LOOKED_BACK)).find(
    (move) => move.version === version && move.kind === 'promote' && move.to === 'shadow',
  );
  const found = examinedLogOdds(examined?.evidence, production);
  if (found !== undefined) return found;
  const [theirs, ours] = await Promise.all(
    [production, version].map((each) =>
      registry.verify(each).catch((error: unknown) => {
        if (isMarqueeError(error)) return undefined;
        throw error;
      }),
    ),
  );
  return logOddsBetween(theirs?.manifest, ours?.manifest);
}

async function judgeTheCanary(
  deps: PromoterDeps,
  policy: PromotionPolicy,
  state: RegistryState,
  version: string,
): Promise<Step> {
  const { clock } = deps;
  const since = Date.parse(state.versions[version]!.since);
  const report = await canaryReport(deps, policy, { version, since }, clock.now() - since);
  if (report === undefined) return stays(version, 'canary', 'nothing is in the lake yet');
  const { verdict, profiles } = report;
  const seen = `${profiles.canary} profiles as canary, ${profiles.control} beside them`;
  if (verdict === 'waiting') return stays(version, 'canary', seen);
  if (verdict === 'hurt') {
    return reject(
      deps,
      version,
      'canary',
      `rolled back, it hurts: ${failed(report.checks)}; ${seen}`,
      report,
    );
  }
  if (verdict === 'inconclusive') {
    return reject(deps, version, 'canary', `it could not be told to be harmless; ${seen}`, report);
  }
  if (state.pinned !== null) return stays(version, 'canary', `${state.pinned} is pinned; ${seen}`);
  const expectedProduction = productionOf(state);
  const why = `no guardrail was hurt; ${seen}`;
  return promote(deps, version, 'canary', { ...promotion('production', why, report), expectedProduction });
}

/** What was damaged on its way is stopped: it would be in the way of all that come after it. */
async function promote(
  { registry }: PromoterDeps,
  version: string,
  from: Step['from'],
  next: Parameters<ModelRegistry['promote']>[1],
): Promise<Step> {
  try {
    await registry.promote(version, next);
  } catch (error) {
    if (!isMarqueeError(error, 'MODEL_INCOMPATIBLE')) throw error;
    return reject({ registry }, version, from, `it cannot be loaded: ${error.message}`, next.evidence);
  }
  return { version, from, to: next.to, why: next.why };
}

/** Undefined while there is no lake. */
export async function canaryReport(
  { lakeFolder, catalogue }: Pick<PromoterDeps, 'lakeFolder' | 'catalogue'>,
  policy: Pick<PromotionPolicy, 'canary'>,
  canary: { readonly version: string; readonly since: number },
  elapsedMs: number,
): Promise<CanaryReport | undefined> {
  const reader = await openLake({ folder: lakeFolder, memoryMegabytes: LAKE_MEMORY_MEGABYTES }).catch(
    (error: unknown) => {
      if (isMarqueeError(error, 'NOT_FOUND')) return undefined;
      throw error;
    },
  );
  if (reader === undefined) return undefined;
  try {
    return judgeCanary(await readOutcomes(reader, canary, catalogue), elapsedMs, policy.canary);
  } finally {
    await reader.close();
  }
}

export async function reject(
  { registry }: { readonly registry: Pick<ModelRegistry, 'reject'> },
  version: string,
  from: Step['from'],
  why: string,
  evidence: unknown,
): Promise<Step> {
  await registry.reject(version, { by: MODEL_PROMOTER, why, evidence });
  return { version, from, to: 'archived', why };
}

export function stays(version: string, from: Step['from'], why: string): Step {
  return { version, from, to: undefined, why };
}

function promotion<T extends 'shadow' | 'canary' | 'production'>(to: T, why: string, evidence: unknown) {
  return { by: MODEL_PROMOTER, why, to, evidence, forced: false };
}

export function failed(checks: readonly GateResult[]): string {
  return checks
    .filter(({ passed }) => !passed)
    .map(({ gate, reason }) => `${gate} (${reason})`)
    .join('; ');
}
