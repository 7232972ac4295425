/** Splits what somebody typed into words to look for. Quoting them for a database is its dialect's concern. */

/**
 * Words are separated by white space and control characters; those without any letter or digit are dropped,
 * because no index knows them. Folded to lower case, so that equal searches make equal lists.
 *
 * @returns undefined when nothing was asked for (the text is blank), an empty list when what was asked for
 *   cannot match anything.
 */
export function searchWords(text: string | undefined): readonly string[] | undefined {
  const parts = (text ?? '')
    .normalize('NFC')
    .toLowerCase()
    .split(/[\s\p{Cc}]+/u)
    .filter((part) => part !== '');
  if (parts.length === 0) return undefined;
  return parts.filter((part) => /[\p{L}\p{N}]/u.test(part));
}
