/** The preview variants of an installation: supergraphs of branches by name, each until its day. */
import {
  hashOfSupergraph,
  MAX_PUBLISHED_VARIANTS,
  type PublishedVariant,
  type VariantPublication,
} from '@marquee/gateway/supergraph';
import { MarqueeError } from '@marquee/service-kit';

export interface NewVariant {
  readonly name: string;
  readonly sdl: string;
  readonly publishedBy: string;
  readonly note: string;
  /** From now. */
  readonly days: number;
  readonly urls: Readonly<Record<string, string>>;
}

export interface Variants {
  /** Newest first, without those that are over. */
  list(): Promise<readonly VariantPublication[]>;
  /**
   * Puts a variant there, in place of the one that has its name; those that are over go.
   * @throws MarqueeError CONFLICT when there are as many as there may be, or another one was published meanwhile.
   */
  publish(variant: NewVariant): Promise<VariantPublication>;
  /** @throws MarqueeError NOT_FOUND */
  retire(name: string): Promise<void>;
  close(): Promise<void>;
}

export function datedVariant({ days, ...variant }: NewVariant, now: Date): PublishedVariant {
  return {
    ...variant,
    hash: hashOfSupergraph(variant.sdl),
    publishedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + days * 86_400_000).toISOString(),
  };
}

/** Newest first. */
export function current<T extends VariantPublication>(variants: readonly T[], now: Date): readonly T[] {
  return variants
    .filter(({ expiresAt }) => Date.parse(expiresAt) > now.getTime())
    .sort((a, b) => Date.parse(b.publishedAt) - Date.parse(a.publishedAt));
}

/** @param others what there is beside the one that is to be published. @throws MarqueeError CONFLICT */
export function assertRoom(others: readonly VariantPublication[]): void {
  if (others.length < MAX_PUBLISHED_VARIANTS) return;
  const names = others.map(({ name }) => name).join(', ');
  throw new MarqueeError(
    'CONFLICT',
    `there are ${others.length} preview variants, which is as many as there may be: ${names}`,
  );
}

export function unknownVariant(name: string): MarqueeError {
  return new MarqueeError('NOT_FOUND', `there is no preview variant ${name}`);
}
