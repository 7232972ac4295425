/** Readable ids: lower-case ASCII words joined by hyphens. */
export function slug(text: string): string {
  const words = text
    .replaceAll('&', ' and ')
    .replaceAll('½', ' 1 2')
    .replaceAll('¢', 'c')
    .normalize('NFKD')
    .replace(/\p{Mark}|['’]/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return words.slice(0, 80).replace(/-+$/, '') || 'untitled';
}

/** Makes ids unique within one catalogue by counting: `t_hamlet-1996`, `t_hamlet-1996-2`. */
export function uniqueIds(): (id: string) => string {
  const taken = new Set<string>();
  return (id) => {
    let candidate = id;
    for (let n = 2; taken.has(candidate); n++) candidate = `${id}-${n}`;
    taken.add(candidate);
    return candidate;
  };
}
