/**
 * Suites that need a real server, or another program of the system. Where servers are promised (`MARQUEE_REQUIRE_SERVERS=1`, as the project's own
 * check sets it) a missing one is a failure; elsewhere the suite is skipped and its name says why.
 */
import { findBinary } from '@marquee/local-servers';
import { describe, expect, it } from 'vitest';

export type ServerProgram = 'redis-server' | 'nats-server' | 'postgres' | 'chromium' | 'openssl';

export function describeOnServer(
  programs: ServerProgram | readonly ServerProgram[],
  name: string,
  suite: () => void,
): void {
  const missing = [programs].flat().filter((program) => findBinary(program) === undefined);
  if (missing.length === 0) return void describe(name, suite);
  const why = `there is no ${missing.join(', no ')} on this machine`;
  if (process.env.MARQUEE_REQUIRE_SERVERS === '1') {
    return void describe(name, () => {
      it('runs on real servers', () => {
        expect.fail(`${why}, and MARQUEE_REQUIRE_SERVERS promises it`);
      });
    });
  }
  describe.skip(`${name} (skipped: ${why})`, suite);
}
