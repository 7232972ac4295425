import { createLogger } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import { FailureLog } from './failure-log.ts';

interface Line {
  readonly msg: string;
  readonly leftOutBefore?: number;
  readonly requestId?: string;
}

function logged(options: { lines: number; windowMs: number }) {
  const lines: Line[] = [];
  const destination = { write: (text: string) => void lines.push(JSON.parse(text) as Line) };
  const logger = createLogger({ service: 'gateway', level: 'info', destination });
  let now = 0;
  const log = new FailureLog({ logger, ...options, now: () => now });
  return { log, lines, wait: (milliseconds: number) => (now += milliseconds) };
}

describe('the log of failures', () => {
  it('has few lines of a kind however many failures there are, and counts what it leaves out', () => {
    const { log, lines, wait } = logged({ lines: 2, windowMs: 1_000 });
    for (let i = 0; i < 500; i++) log.write('AWAY content', { requestId: `r${i}` }, 'request failed');
    expect(lines.map(({ requestId }) => requestId)).toEqual(['r0', 'r1']);
    wait(1_000);
    log.write('AWAY content', { requestId: 'later' }, 'request failed');
    expect(lines[2]).toMatchObject({ requestId: 'later', leftOutBefore: 498 });
    log.write('AWAY content', {}, 'request failed');
    expect(lines[3]).not.toHaveProperty('leftOutBefore');
  });

  it('lets one kind take no lines from another', () => {
    const { log, lines } = logged({ lines: 1, windowMs: 1_000 });
    for (let i = 0; i < 10; i++) {
      log.write('AWAY content', {}, 'content');
      log.write('AWAY user-profile', {}, 'user-profile');
    }
    expect(lines.map(({ msg }) => msg)).toEqual(['content', 'user-profile']);
  });

  it('remembers a bounded number of kinds', () => {
    const { log, lines } = logged({ lines: 1, windowMs: 1_000 });
    for (let i = 0; i < 10_000; i++) log.write(`made up ${i}`, {}, 'request failed');
    expect(lines.length).toBeLessThanOrEqual(101);
  });
});
