/** Changes to the list of partners, as pure functions from one state to the next, and where the list is kept. */
import { MarqueeError, RevisionFolder } from '@marquee/service-kit';
import { z } from 'zod';
import { keyState, type Partner, type PartnerKey, partnerSchema } from './partner.ts';

export type PartnerBook = readonly Partner[];

export function partnerFolder(path: string): RevisionFolder<PartnerBook> {
  return new RevisionFolder<PartnerBook>({
    path,
    kind: 'marquee-partners',
    empty: [],
    parse: (value) => z.array(partnerSchema).parse(value),
  });
}

/** @throws MarqueeError CONFLICT when there is one; BAD_USER_INPUT naming what is wrong. */
export function withPartner(book: PartnerBook, partner: Partner): PartnerBook {
  if (book.some(({ name }) => name === partner.name)) {
    throw new MarqueeError('CONFLICT', `there is a partner ${partner.name} already`);
  }
  return [...book, checked(partner)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Everything but its name and its keys. @throws MarqueeError NOT_FOUND; BAD_USER_INPUT naming what is wrong. */
export function withChangedPartner(
  book: PartnerBook,
  name: string,
  change: (partner: Partner) => Omit<Partner, 'name' | 'keys'>,
): PartnerBook {
  return changed(book, name, (partner) => checked({ ...change(partner), name, keys: partner.keys }));
}

function checked(partner: Partner): Partner {
  const read = partnerSchema.safeParse(partner);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new MarqueeError('BAD_USER_INPUT', problems.join('; '));
}

/** @throws MarqueeError NOT_FOUND. */
export function withKey(book: PartnerBook, name: string, key: PartnerKey): PartnerBook {
  return changed(book, name, (partner) => ({ ...partner, keys: [...partner.keys, key] }));
}

/**
 * A new key beside the ones that are active in its environment, which end after the overlap; those that end earlier
 * anyway still do.
 * @param overlapSeconds how long both work. @throws MarqueeError NOT_FOUND, also when no key is active.
 */
export function withRotatedKey(
  book: PartnerBook,
  name: string,
  key: PartnerKey,
  overlapSeconds: number,
): { readonly book: PartnerBook; readonly ending: readonly PartnerKey[] } {
  const end = key.issuedAt + overlapSeconds;
  const ends = (old: PartnerKey) =>
    old.environment === key.environment && keyState(old, key.issuedAt) === 'active';
  const ending: PartnerKey[] = [];
  const next = changed(book, name, (partner) => {
    const keys = partner.keys.map((old) => {
      if (!ends(old)) return old;
      const limited = { ...old, expiresAt: Math.min(old.expiresAt ?? end, end) };
      ending.push(limited);
      return limited;
    });
    if (ending.length === 0) {
      throw new MarqueeError('NOT_FOUND', `${name} has no active key in ${key.environment}; issue one`);
    }
    return { ...partner, keys: [...keys, key] };
  });
  return { book: next, ending };
}

/** Takes effect as soon as the gateways have read it. @throws MarqueeError NOT_FOUND for an unknown key. */
export function withRevokedKey(book: PartnerBook, keyId: string, at: number): PartnerBook {
  const owner = book.find(({ keys }) => keys.some(({ id }) => id === keyId));
  if (owner === undefined) throw new MarqueeError('NOT_FOUND', `no partner has a key ${keyId}`);
  return changed(book, owner.name, (partner) => ({
    ...partner,
    keys: partner.keys.map((key) => (key.id === keyId ? { ...key, revokedAt: key.revokedAt ?? at } : key)),
  }));
}

function changed(book: PartnerBook, name: string, change: (partner: Partner) => Partner): PartnerBook {
  if (!book.some((partner) => partner.name === name)) {
    throw new MarqueeError('NOT_FOUND', `there is no partner ${name}`);
  }
  return book.map((partner) => (partner.name === name ? change(partner) : partner));
}
