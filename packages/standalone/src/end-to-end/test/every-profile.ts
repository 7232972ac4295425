/** The same promises on both profiles: in one process, and as processes of their own on real servers. */
import { describeOnServer, type MarqueeArguments, type MarqueeProcess, startMarquee } from '@marquee/testkit';
import { describe } from 'vitest';

export type StartMarquee = (options: MarqueeArguments) => Promise<MarqueeProcess>;

/** One copy of each part: the two cores of a small machine are shared by all of them and the servers. */
const ONE_OF_EACH = ['--gateways', '1', '--recommendations', '1', '--materializers', '1'];

/** What serves pages and learns from events at once: an installation without the workers of the night is there much sooner. */
export const ONLY_WHAT_SERVES = [
  ...[...ONE_OF_EACH, '--partitions', '2'],
  ...['trainers', 'monitors', 'model-promoters', 're-engagements', 'lake-writers'].flatMap((part) => [
    `--${part}`,
    '0',
  ]),
];

export type Profile = 'embedded' | 'distributed';

/** @param copies of the parts of an installation. Default: one of each. */
export function describeOnEveryProfile(
  suite: (start: StartMarquee, profile: Profile) => void,
  copies: readonly string[] = ONE_OF_EACH,
): void {
  describe('embedded profile', () => suite(startMarquee, 'embedded'));
  describeOnServer(['redis-server', 'nats-server', 'postgres'], 'distributed profile', () =>
    suite(
      (options) =>
        startMarquee({ ...options, profile: 'distributed', args: [...copies, ...(options.args ?? [])] }),
      'distributed',
    ),
  );
}
