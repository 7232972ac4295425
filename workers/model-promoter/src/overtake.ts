/**
 * Candidates that stand behind another. The newest is examined first, because it knows what the others do and more; those before it go once it
 * has passed, and have their turn where it has not: a training that went wrong takes no good model with it.
 */
import type { ModelRegistry, RegistryState } from '@marquee/model-registry';

/** Moves; what was recorded before these is older than what was recorded in them. */
const LOOKED_BACK = 200;

/** Of all other candidates, recorded one by one: killed in between, the next look goes on. Before `version` itself moves. */
export async function overtake(
  registry: Pick<ModelRegistry, 'reject'>,
  state: RegistryState,
  version: string,
  by: string,
): Promise<void> {
  const why = `overtaken by ${version}, which is newer and has passed the gates`;
  for (const other of candidatesOf(state)) {
    if (other !== version) await registry.reject(other, { by, why, evidence: null });
  }
}

/**
 * Why a candidate has nothing left to show: what serves was recorded after it, as where a person has promoted the newer of two. By the registry's own
 * order, not by clocks. Undefined where it is the newer one, or nothing serves.
 */
export async function overtakenBy(
  registry: Pick<ModelRegistry, 'history'>,
  candidate: string,
  production: string | undefined,
): Promise<string | undefined> {
  if (production === undefined) return undefined;
  const moves = await registry.history(LOOKED_BACK);
  const firstOf = (name: string) =>
    moves.find(({ version, from }) => version === name && from === null)?.revision;
  const [ours, theirs] = [firstOf(candidate), firstOf(production)];
  if (theirs === undefined || (ours !== undefined && ours > theirs)) return undefined;
  return `overtaken by ${production}, which is newer and serves`;
}

/** What waits while something else is on its way; undefined when nothing does. */
export function queueText(state: RegistryState): string | undefined {
  const waiting = candidatesOf(state);
  return waiting.length === 0 ? undefined : `behind it: ${waiting.join(', ')}`;
}

function candidatesOf({ versions }: RegistryState): readonly string[] {
  return Object.keys(versions)
    .filter((version) => versions[version]!.stage === 'candidate')
    .sort();
}
