import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GoldenFiles } from './golden-files.ts';

let root: string;
let lines: string[];
const print = (line: string) => lines.push(line);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'golden-'));
  lines = [];
});
afterEach(() => rmSync(root, { recursive: true }));

describe('golden files', () => {
  it('are written, and then up to date', () => {
    const write = new GoldenFiles(root, { check: false, print });
    write.put('a/b.txt', 'one\n');
    expect(write.report('make them')).toBe(0);
    expect(readFileSync(join(root, 'a/b.txt'), 'utf8')).toBe('one\n');
    const check = new GoldenFiles(root, { check: true, print });
    check.put('a/b.txt', 'one\n');
    expect(check.report('make them')).toBe(0);
  });

  it('fail a check with what changed and what to run, and stay as they are', () => {
    const write = new GoldenFiles(root, { check: false, print });
    write.put('b.txt', 'head\nold\ntail\n');
    lines = [];
    const check = new GoldenFiles(root, { check: true, print });
    check.put('b.txt', 'head\nnew\ntail\n');
    check.put('c.txt', 'x');
    expect(check.report('make them')).toBe(1);
    expect(lines).toEqual([
      'out of date: b.txt',
      '    - old',
      '    + new',
      'missing: c.txt',
      '2 of 2 files are out of date; run `make them`.',
    ]);
    expect(readFileSync(join(root, 'b.txt'), 'utf8')).toBe('head\nold\ntail\n');
    expect(existsSync(join(root, 'c.txt'))).toBe(false);
  });

  it('that nothing is made from any more fail a check, and are taken away; what is not ours stays', () => {
    for (const name of ['a.txt', 'gone.txt', 'README.md']) {
      const files = new GoldenFiles(root, { check: false, print });
      files.put(`b/${name}`, name);
    }
    lines = [];
    const swept = (check: boolean) => {
      const files = new GoldenFiles(root, { check, print });
      files.put('b/a.txt', 'a.txt');
      files.sweep('b', '.txt');
      files.sweep('nowhere', '.txt');
      return files.report('make them');
    };
    expect(swept(true)).toBe(1);
    expect(lines).toEqual([
      'not made from anything any more: b/gone.txt',
      '1 of 2 files are out of date; run `make them`.',
    ]);
    expect(swept(false)).toBe(0);
    expect(readdirSync(join(root, 'b')).sort()).toEqual(['README.md', 'a.txt']);
    expect(swept(true)).toBe(0);
  });
});
