/** Policies judged by a log: the uniform one, or the one that wrote another log, next to what that one really earned. */

import type { LoggedActionsFile } from '@marquee/importers';
import { MarqueeError } from '@marquee/service-kit';
import {
  averagePolicyOf,
  bootstrapInterval,
  estimatePolicy,
  type LoggedActions,
  type OffPolicyOptions,
  type PolicyEstimate,
  type PolicyValue,
  uniformPolicy,
} from '@marquee/training';

export interface Judgement {
  readonly estimate: PolicyEstimate;
  /** Of the policy's own log, where there is one. */
  readonly onPolicy?: PolicyValue;
  /** What the log's own policy earned. */
  readonly logged: PolicyValue;
}

/** @param target absent: the uniform policy */
export function judgePolicy(
  log: LoggedActionsFile,
  target: LoggedActionsFile | undefined,
  truth: LoggedActionsFile | undefined,
  options: OffPolicyOptions,
): Judgement {
  const files = [log, target, truth].filter((file) => file !== undefined);
  const actions = places(files.flatMap((file) => file.actions));
  const positions = places(files.flatMap((file) => file.positions));
  if (positions.size > 255) {
    throw new MarqueeError('BAD_USER_INPUT', `a log has up to 255 positions, not ${positions.size}`);
  }
  const columns = (file: LoggedActionsFile): LoggedActions => ({
    actions: actions.size,
    positions: positions.size,
    action: Uint32Array.from(file.actions, (id) => actions.get(id)!),
    position: Uint8Array.from(file.positions, (id) => positions.get(id)!),
    reward: Float64Array.from(file.rewards),
    propensity: Float64Array.from(file.propensities),
  });
  const own = columns(log);
  const policy = target === undefined ? uniformPolicy(own) : averagePolicyOf(columns(target), own);
  const earned = (file: LoggedActionsFile): PolicyValue => ({
    value: file.rewards.reduce((sum, reward) => sum + reward, 0) / file.rewards.length,
    ...bootstrapInterval(file.rewards, options),
  });
  const onPolicy = truth ?? target;
  return {
    estimate: estimatePolicy(own, policy, options),
    logged: earned(log),
    ...(onPolicy !== undefined && { onPolicy: earned(onPolicy) }),
  };
}

/** Place of each id, in the order of the ids. */
function places(ids: readonly string[]): Map<string, number> {
  return new Map([...new Set(ids)].sort().map((id, place) => [id, place]));
}
