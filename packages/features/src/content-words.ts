/** The words of a title that say something about its content: no function words, no numbers, no duplicates. */

const STOP_WORDS = new Set(
  (
    'a an and are as at be been but by can could did do does for from had has have he her hers him his how i if in ' +
    'into is it its just me my no nor not now of off on one only or other our out over she so some such than that the ' +
    'their them then there these they this those through to too two under until up us very was we were what when ' +
    'where which while who whom whose why will with would you your about after again all also any because before ' +
    'being between both down during each few more most must new own same still film movie story series season ' +
    'episode part vol volume ii iii iv vi vii'
  ).split(' '),
);

/**
 * @returns lower-case words of the name, then of the synopsis, in order of first appearance; accents are
 *   removed so that spelling variants meet.
 */
export function contentWords(name: string, synopsis = ''): readonly string[] {
  const words = new Set<string>();
  const plain = `${name} ${synopsis}`
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();
  for (const word of plain.match(/\p{Letter}{3,}/gu) ?? []) {
    if (!STOP_WORDS.has(word)) words.add(word);
  }
  return [...words];
}
