import { describe, expect, it } from 'vitest';
import { matchQuery, rankQuery, searchDocument, wordsIn } from './search-document.ts';

describe('words', () => {
  it('are runs of letters and digits in lower case, whatever stands between them', () => {
    expect(wordsIn('AC/DC: Let There Be Rock (1980), amazon.com & Spider-Man')).toEqual([
      ...['ac', 'dc', 'let', 'there', 'be', 'rock', '1980', 'amazon', 'com', 'spider', 'man'],
    ]);
    expect(wordsIn('!?* "')).toEqual([]);
  });

  it('lose the diacritics of Latin letters, composed or not, and keep those of other scripts', () => {
    expect(wordsIn('Amélie İstanbul Ame\u0301lie')).toEqual(['amelie', 'istanbul', 'amelie']);
    expect(wordsIn('が й हिन्दी')).toEqual(['が', 'й', 'हिन्दी']);
  });
});

describe('a document', () => {
  it('tells where each word stands, with a gap between names and fields', () => {
    expect(
      searchDocument({
        name: 'Blue Velvet',
        people: 'David Lynch\nLaura Dern',
        genres: null,
        synopsis: 'An ear.',
      }),
    ).toBe("'blue':2A 'velvet':3A 'david':5B 'lynch':6B 'laura':8B 'dern':9B 'an':11D 'ear':12D");
  });

  it("stays within PostgreSQL's limits", () => {
    const long = searchDocument({ name: 'a', people: null, genres: null, synopsis: 'word '.repeat(40_000) });
    expect(long).toContain("'word':16383D");
    expect(long).not.toContain('16384');
    const wide = searchDocument({
      name: 'a',
      people: `${'x'.repeat(900)}\n`.repeat(5_000),
      genres: null,
      synopsis: null,
    });
    expect(Buffer.byteLength(wide)).toBeLessThan(1_000_000);
  });
});

describe('a query', () => {
  it('wants every word, the last as a prefix, and the parts of one side by side', () => {
    expect(matchQuery(['spider-man', 'no', 'way'])).toBe("('spider' <-> 'man') & ('no') & ('way':*)");
    expect(matchQuery(['spider-m'])).toBe("('spider' <-> 'm':*)");
    expect(matchQuery(['a', '\u093e'.normalize(), 'b'])).toBeDefined();
    expect(matchQuery(['a', '!'])).toBeUndefined();
    expect(matchQuery([])).toBeUndefined();
  });

  it('ranks by any of its words', () => {
    expect(rankQuery(['spider-man', 'way'])).toBe("'spider' | 'man' | 'way':*");
  });
});
