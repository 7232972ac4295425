/**
 * Names one picture of one title in one size. Who chooses pictures and who has them are two subgraphs, and clients send the id
 * back with what they saw of it, so what it says is agreed upon here. Opaque to clients.
 */
import { MAX_ARTWORK_VARIANTS, type TitleId } from '@marquee/domain';

export interface ArtworkReference {
  readonly titleId: TitleId;
  /** From 0, which is the title's own. */
  readonly variant: number;
  /** In pixels. */
  readonly width: number;
}

const FORM = /^(\d{1,2})\.(\d{1,5})\.(.{1,128})$/s;

export function artworkId({ titleId, variant, width }: ArtworkReference): string {
  return `${variant}.${width}.${titleId}`;
}

/** Undefined for what `artworkId` did not make. The title need not have such a picture. */
export function parseArtworkId(id: string): ArtworkReference | undefined {
  const [, variant, width, titleId] = FORM.exec(id) ?? [];
  if (titleId === undefined || Number(variant) >= MAX_ARTWORK_VARIANTS) return undefined;
  const reference = { titleId, variant: Number(variant), width: Number(width) };
  // Numbers have one spelling.
  return artworkId(reference) === id ? reference : undefined;
}
