/** Choices among a few that differ from case to case, judged: what another way to choose would have earned. */
import { MarqueeError } from '@marquee/service-kit';
import {
  bootstrapInterval,
  estimatePolicy,
  influenceOfUnits,
  type LoggedActions,
  type OffPolicyOptions,
  type PolicyValue,
} from '@marquee/training';
import type { Judgement } from './judge-policies.ts';

export interface Choice {
  /** Who saw it: choices of one viewer resemble each other. */
  readonly viewer: string;
  /** Rewards differ by it, whatever is chosen. Below 256. */
  readonly position: number;
  readonly chosen: string;
  readonly propensity: number;
  /** What there was to choose from; of probability 0 what the page's own policy would never have chosen there. */
  readonly options: readonly Option[];
  readonly reward: number;
}

export interface Option {
  readonly name: string;
  readonly probability: number;
}

/**
 * @param preferred those of a choice's options that the policy to be judged takes, alike; at least one
 * @param truth what was chosen by the policy itself
 * @throws MarqueeError BAD_USER_INPUT without any choices, and as `estimatePolicy` does
 */
export function judgeChoices(
  choices: readonly Choice[],
  preferred: (options: readonly Option[]) => readonly Option[],
  truth: readonly Choice[],
  options: OffPolicyOptions,
): Judgement {
  if (choices.length === 0)
    throw new MarqueeError('BAD_USER_INPUT', 'nothing that was chosen was seen in this lake');
  const names = new Set(choices.flatMap(({ chosen, options: could }) => [chosen, ...could.map(nameOf)]));
  const actions = new Map([...names].sort().map((name, action) => [name, action]));
  const impossible = choices.map(
    (choice) =>
      new Set(
        choice.options.filter(({ probability }) => !(probability > 0)).map(({ name }) => actions.get(name)!),
      ),
  );
  const log: LoggedActions = {
    actions: names.size,
    positions: choices.reduce((most, { position }) => Math.max(most, position), 0) + 1,
    action: Uint32Array.from(choices, ({ chosen }) => actions.get(chosen)!),
    position: Uint8Array.from(choices, ({ position }) => position),
    reward: Float64Array.from(choices, ({ reward }) => reward),
    propensity: Float64Array.from(choices, ({ propensity }) => propensity),
    unit: viewersOf(choices),
    possible: (row, action) => !impossible[row]!.has(action),
  };
  const estimate = estimatePolicy(
    log,
    (row, into) => {
      into.fill(0);
      const taken = preferred(choices[row]!.options);
      for (const { name } of taken) into[actions.get(name)!] = 1 / taken.length;
    },
    options,
  );
  return {
    estimate,
    logged: earned(choices, options),
    ...(truth.length > 0 && { onPolicy: earned(truth, options) }),
  };
}

/** The interval is that of so many viewers. */
function earned(choices: readonly Choice[], options: OffPolicyOptions): PolicyValue {
  const rewards = Float64Array.from(choices, ({ reward }) => reward);
  const unit = viewersOf(choices);
  return {
    value: rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
    ...bootstrapInterval(influenceOfUnits(rewards, { action: unit, unit }), options),
  };
}

/** By choice, numbered from 0. */
function viewersOf(choices: readonly Choice[]): Uint32Array {
  const numbers = new Map<string, number>();
  for (const { viewer } of choices) if (!numbers.has(viewer)) numbers.set(viewer, numbers.size);
  return Uint32Array.from(choices, ({ viewer }) => numbers.get(viewer)!);
}

function nameOf({ name }: Option): string {
  return name;
}
