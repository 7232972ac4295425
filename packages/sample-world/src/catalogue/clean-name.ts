/** Turns names as the data set spells them into names as people write them. */

/**
 * Latin-1 bytes were once read as Mac Roman ("LÈon"). Only what occurs in the data is mapped back; "³" and
 * "¢" look the same either way and are left alone.
 */
const MAC_ROMAN_TO_LATIN_1: Readonly<Record<string, string>> = {
  È: 'é',
  Ë: 'è',
  Í: 'ê',
  Î: 'ë',
  '‡': 'à',
  '·': 'á',
  '‰': 'ä',
  Û: 'ó',
  Ù: 'ô',
  '˘': 'ù',
  Ö: '…',
  Ω: '½',
};
const MISREAD = new RegExp(`[${Object.keys(MAC_ROMAN_TO_LATIN_1).join('')}]`, 'gu');

/** The only film without a name is "Unknown" (2006): whoever made the file read the word as a missing value. */
export const NAME_READ_AS_MISSING = 'Unknown';

export function repairText(text: string): string {
  return text
    .replace(MISREAD, (character) => MAC_ROMAN_TO_LATIN_1[character]!)
    .replaceAll('""', '"')
    .replace(/\s+/g, ' ')
    .trim();
}

/** "Barbarians, The" → "The Barbarians". */
export function leadingArticle(name: string): string {
  const match = /^(.*), (The|An?)$/.exec(name);
  return match === null ? name : `${match[2]} ${match[1]}`;
}

/**
 * Takes off notes that are not part of the name: a year ("King Kong (1933)") and an edition
 * ("Fantasia 2000 (IMAX)"). Other parentheses stay.
 */
export function withoutEdition(name: string): string {
  return name.replace(/ \((?:\d{4}|IMAX|Theatrical Release|Canadian Release)\)$/, '');
}

export function cleanName(raw: string | number | null): string {
  if (raw === null) return NAME_READ_AS_MISSING;
  return leadingArticle(withoutEdition(repairText(String(raw))));
}
