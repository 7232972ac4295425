/** Arms of the closed loop by name. */
import { DEFAULT_EXPLORATION, isPolicyName, POLICY_NAMES } from '@marquee/exploration';
import { MarqueeError } from '@marquee/service-kit';
import type { ArmOptions } from './run-arm.ts';

export type Arm = Pick<ArmOptions, 'name' | 'learns' | 'exploration'> & { readonly meaning: string };

export const ARM_NAMES = [
  ...(['learning', 'frozen', 'greedy'] as const),
  ...POLICY_NAMES.filter((name) => name !== 'greedy'),
] as const;

/** @throws MarqueeError CONFIG_INVALID for a name that is none */
export function armOf(name: string): Arm {
  if (name === 'learning') return { name, meaning: 'as shipped', learns: true };
  if (name === 'frozen') return { name, meaning: 'the first model serves all the time', learns: false };
  if (name === 'greedy') {
    // Nor is anything owed to anybody, which the policy of that name has.
    const exploration = { ...DEFAULT_EXPLORATION, explores: false };
    return { name, meaning: 'learning, with nothing but what is best', learns: true, exploration };
  }
  if (isPolicyName(name)) {
    const exploration = { ...DEFAULT_EXPLORATION, policy: name };
    return { name, meaning: `learning, with ${name} exploration`, learns: true, exploration };
  }
  throw new MarqueeError('CONFIG_INVALID', `--arms knows ${ARM_NAMES.join(', ')}; not "${name}"`);
}
