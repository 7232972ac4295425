/** The same promises on both profiles: in one process, and as processes of their own on real servers. */
import { describeOnServer, type MarqueeArguments, type MarqueeProcess, startMarquee } from '@marquee/testkit';
import { describe } from 'vitest';

export type StartMarquee = (options: MarqueeArguments) => Promise<MarqueeProcess>;

/** One copy of each part: the two cores of a small machine are shared by all of them and the servers. */
const ONE_OF_EACH = ['--gateways', '1', '--recommendations', '1', '--materializers', '1'];

export type Profile = 'embedded' | 'distributed';

export function describeOnEveryProfile(suite: (start: StartMarquee, profile: Profile) => void): void {
  describe('embedded profile', () => suite(startMarquee, 'embedded'));
  describeOnServer(['redis-server', 'nats-server', 'postgres'], 'distributed profile', () =>
    suite(
      (options) =>
        startMarquee({ ...options, profile: 'distributed', args: [...ONE_OF_EACH, ...(options.args ?? [])] }),
      'distributed',
    ),
  );
}
