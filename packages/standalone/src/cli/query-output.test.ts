import { describe, expect, it } from 'vitest';
import { queryOutput } from './query-output.ts';

const ROWS = [
  { name: 'a|b\nc', n: 1.5, list: [1, null, '9007199254740993'], nothing: null },
  { name: '', n: 'NaN', list: [], nothing: null },
];

describe('the output of a question', () => {
  it('is a table of one line per row, whatever the values hold', () => {
    expect(queryOutput(ROWS, 'table').split('\n')).toEqual([
      '| name    |   n |                        list | nothing |',
      '|---------|----:|----------------------------:|--------:|',
      '| a\\|b\\nc | 1.5 | [1,null,"9007199254740993"] |    null |',
      '|         | NaN |                          [] |    null |',
      '',
    ]);
  });

  it('is JSON, or a line of it per row and none for no rows', () => {
    expect(JSON.parse(queryOutput(ROWS, 'json'))).toEqual(ROWS);
    const lines = queryOutput(ROWS, 'jsonl').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(ROWS);
    expect([queryOutput([], 'jsonl'), queryOutput([], 'json'), queryOutput([], 'table')]).toEqual([
      '',
      '[]\n',
      '(no rows)\n',
    ]);
  });
});
