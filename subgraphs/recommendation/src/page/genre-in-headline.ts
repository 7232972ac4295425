/** A genre's name inside a sentence: "film noir" and "thriller/suspense", but "IMAX" and "Sci-Fi" as they are. */
export function genreInHeadline(name: string): string {
  return name
    .split(' ')
    .map((word) => (/^\p{Lu}[\p{Ll}'’]*(\/\p{Lu}[\p{Ll}'’]*)*$/u.test(word) ? word.toLowerCase() : word))
    .join(' ');
}
