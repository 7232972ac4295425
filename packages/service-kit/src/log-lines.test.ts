import { waitUntil } from '@marquee/testkit';
import { expect, it } from 'vitest';
import { LogLines } from './log-lines.ts';
import { createLogger } from './logging.ts';

function logger() {
  const written: string[] = [];
  const lines = new LogLines({ write: (text) => void written.push(text) });
  return { written, log: createLogger({ service: 'test', level: 'info', destination: lines }) };
}

it('lines go out some at a time, in order, soon', async () => {
  const { written, log } = logger();
  log.info('one');
  log.child({ part: 'a' }).info('two');
  expect(written).toEqual([]);
  await waitUntil(() => written.length > 0);
  expect(written).toEqual([expect.stringMatching(/"one".*\n.*"two".*\n$/)]);
});

it('a warning goes out at once, with what is before it', () => {
  const { written, log } = logger();
  log.info('before');
  log.warn('careful');
  expect(written).toEqual([expect.stringMatching(/"before".*\n.*"careful".*\n$/)]);
});

it('never holds more than some kilobytes', () => {
  const { written, log } = logger();
  for (let i = 0; i < 100; i++) log.info('x'.repeat(1_000));
  expect(written.length).toBeGreaterThan(4);
});
