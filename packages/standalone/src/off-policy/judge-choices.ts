/** Choices among a few that differ from case to case, judged: what another way to choose would have earned. */
import { MarqueeError } from '@marquee/service-kit';
import {
  bootstrapInterval,
  estimatePolicy,
  type LoggedActions,
  type OffPolicyOptions,
  type PolicyValue,
} from '@marquee/training';
import type { Judgement } from './judge-policies.ts';

export interface Choice {
  /** Rewards differ by it, whatever is chosen. Below 256. */
  readonly position: number;
  readonly chosen: string;
  readonly propensity: number;
  /** What there was to choose from. */
  readonly options: readonly string[];
  readonly reward: number;
}

/**
 * @param preferred those of a choice's options that the policy to be judged takes, alike; at least one
 * @param truth what was chosen by the policy itself
 * @throws MarqueeError BAD_USER_INPUT without any choices, and as `estimatePolicy` does
 */
export function judgeChoices(
  choices: readonly Choice[],
  preferred: (options: readonly string[]) => readonly string[],
  truth: readonly Choice[],
  options: OffPolicyOptions,
): Judgement {
  if (choices.length === 0)
    throw new MarqueeError('BAD_USER_INPUT', 'nothing that was chosen was seen in this lake');
  const names = [...new Set(choices.flatMap((choice) => [choice.chosen, ...choice.options]))].sort();
  const actions = new Map(names.map((name, action) => [name, action]));
  const log: LoggedActions = {
    actions: names.length,
    positions: choices.reduce((most, { position }) => Math.max(most, position), 0) + 1,
    action: Uint32Array.from(choices, ({ chosen }) => actions.get(chosen)!),
    position: Uint8Array.from(choices, ({ position }) => position),
    reward: Float64Array.from(choices, ({ reward }) => reward),
    propensity: Float64Array.from(choices, ({ propensity }) => propensity),
  };
  const estimate = estimatePolicy(
    log,
    (row, into) => {
      into.fill(0);
      const taken = preferred(choices[row]!.options);
      for (const name of taken) into[actions.get(name)!] = 1 / taken.length;
    },
    options,
  );
  return {
    estimate,
    logged: earned(choices, options),
    ...(truth.length > 0 && { onPolicy: earned(truth, options) }),
  };
}

function earned(choices: readonly Choice[], options: OffPolicyOptions): PolicyValue {
  const rewards = choices.map(({ reward }) => reward);
  return {
    value: rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
    ...bootstrapInterval(rewards, options),
  };
}
