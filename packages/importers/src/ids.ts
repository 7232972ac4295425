/** Ids for genres and people that a source knows by name only. Stable: the same name always gives the same id. */
import { hash32 } from '@marquee/domain';

const MAX_LENGTH = 80;

/** Lower-case ASCII words joined by hyphens; names in other scripts get a hash instead. */
function slug(name: string): string {
  const words = name
    .replaceAll('&', ' and ')
    .normalize('NFKD')
    .replace(/\p{Mark}|['’]/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const lost = /[^\p{ASCII}]/u.test(name.normalize('NFKD').replace(/\p{Mark}|['’]/gu, ''));
  const readable = words.slice(0, MAX_LENGTH);
  if (!lost && words.length <= MAX_LENGTH && readable !== '') return readable;
  return `${readable === '' ? 'x' : readable}-${hash32(name).toString(36)}`;
}

export const genreIdOf = (name: string): string => `g_${slug(name)}`;
export const personIdOf = (name: string): string => `p_${slug(name)}`;
