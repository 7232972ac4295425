import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMarqueeError } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import { parseFlags } from '../cli/arguments.ts';
import { EVALUATE_FLAGS, EVALUATE_HELP } from './evaluate-command.ts';
import { evaluationOf } from './evaluate-flags.ts';

const asked = (line: string) => evaluationOf(parseFlags(line.split(' ').filter(Boolean), EVALUATE_FLAGS));

describe('npm run evaluate', () => {
  it.each([
    ['', 'home'],
    ['--without all --rankers none --max-profiles 400 --json a', 'home'],
    ['--protocol per-profile --test-percent 30 --data a', 'home'],
    ['--models all', 'retrieval'],
    ['--models ease --test-days 7 --profiles 40', 'retrieval'],
    ['--models ease --until 2018-09-01', 'retrieval'],
    ['--models ease --until 2018-09-01 --test-days 7 --tune --tune-trials 3', 'retrieval'],
    ['--models ease --protocol strong --held-out-percent 20 --test-percent 10', 'retrieval'],
    ['--models ease --train a --test b --tune --test-percent 10', 'retrieval'],
    ['--closed-loop --profiles 40 --days 3 --seed 1 --dissect', 'closed-loop'],
  ])('%s is about %s', (line, evaluation) => {
    expect(asked(line)).toBe(evaluation);
  });

  it.each([
    ['--until 2018-09-01', /^--until goes with --models and --protocol temporal, unless files/],
    ['--models ease --protocol random --until 2018-09-01', /^--until goes with --models and --protocol/],
    ['--models ease --train a --test b --protocol temporal --until 2018-09-01', /^--until goes with/],
    [
      '--protocol per-profile --test-days 7',
      /^--test-days goes with the home ranking and --protocol temporal/,
    ],
    ['--models ease --protocol leave-last-out --test-days 7', /^--test-days goes with/],
    ['--models ease --until 2018-09-01 --test-days 7', /--protocol temporal, unless --until/],
    ['--models ease --train a --test b --test-days 7', /^--test-days goes with/],
    [
      '--test-percent 30',
      /^--test-percent goes with the home ranking and --protocol per-profile, or with --m/,
    ],
    ['--models ease --train a --test b --test-percent 10', /^--test-percent goes with/],
    ['--held-out-percent 10', /^--held-out-percent goes with --models and --protocol strong; here/],
    ['--models ease --protocol random --held-out-percent 10', /^--held-out-percent goes with --models/],
    ['--models ease --without all', /^--without goes with the home ranking; here it would not be heard/],
    ['--closed-loop --without all', /^--without goes with the home ranking/],
    ['--models ease --rankers none', /^--rankers goes with the home ranking/],
    ['--models ease --two-tower', /^--two-tower goes with the home ranking/],
    ['--models ease --tune-trials 3', /^--tune-trials goes with --models and --tune/],
    [
      '--data a --profiles 40',
      /^--profiles goes with the home ranking on the sample world, or with --models/,
    ],
    ['--include-seen', /^--include-seen goes with --models/],
    ['--tune', /^--tune goes with --models/],
    ['--k-core 5', /^--k-core goes with --models/],
    ['--set ease.lambda=3', /^--set goes with --models/],
    ['--closed-loop --html a', /^--html goes with --models/],
    ['--days 3', /^--days goes with --closed-loop/],
    ['--seed 3', /^--seed goes with --models, or with --closed-loop/],
    ['--closed-loop --models ease', /^--models and --closed-loop ask for two evaluations/],
  ])('%s is refused', (line, message) => {
    const error = (() => {
      try {
        return asked(line);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(isMarqueeError(error, 'CONFIG_INVALID')).toBe(true);
    expect((error as Error).message).toMatch(message);
  });

  it('hears every flag somewhere, and not everywhere, and explains it', () => {
    for (const [flag, { type }] of Object.entries(EVALUATE_FLAGS)) {
      expect(EVALUATE_HELP).toContain(`--${flag}`);
      const line = type === 'boolean' ? `--${flag}` : `--${flag} temporal`;
      const lines = [line, `${line} --models a`, `${line} --models a --tune`, `${line} --closed-loop`].concat(
        ['per-profile', 'random', 'strong'].flatMap((name) => [
          `${line} --protocol ${name}`,
          `${line} --protocol ${name} --models a`,
        ]),
      );
      const heard = lines.filter((each) => {
        try {
          return asked(each) !== undefined;
        } catch {
          return false;
        }
      });
      expect(heard.length, flag).toBeGreaterThan(0);
      if (!['models', 'json', 'help', 'profiles'].includes(flag))
        expect(heard.length, flag).toBeLessThan(lines.length);
    }
  });

  it('knows every command that the documentation has', async () => {
    const docs = join(import.meta.dirname, '..', '..', '..', '..', 'docs');
    let known = 0;
    for (const page of ['evaluation.md', 'how-to/compare-rankers.md', 'how-to/add-a-model.md']) {
      const text = (await readFile(join(docs, page), 'utf8')).replaceAll('\\\n', ' ');
      for (const [, command] of text.matchAll(/npm run evaluate --( --?[^`#\n]+)/g)) {
        // What a shell makes of braces, and names that stand for something.
        const line = command!
          .replaceAll(/\{[\w.]+\}/g, '1')
          .replaceAll(/<[\w-]+>/g, '1')
          .replaceAll(/ +/g, ' ');
        if (line.includes('--help')) continue;
        expect(() => asked(line.trim()), line).not.toThrow();
        known++;
      }
    }
    expect(known).toBeGreaterThan(25);
  });
});
