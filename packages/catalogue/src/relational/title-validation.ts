/** What a title must be before it is stored. References are checked against the database, elsewhere. */
import { MATURITY_RATINGS, MAX_ARTWORK_VARIANTS, TITLE_KINDS, type Title } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';

const MAX_ID_LENGTH = 128;

const id = z.string().min(1).max(MAX_ID_LENGTH);
const instant = z.number().int();

const storableTitle = z.object({
  id,
  name: z.string().min(1).max(1_000),
  kind: z.enum(TITLE_KINDS),
  synopsis: z.string().max(20_000).optional(),
  releaseYear: z.number().int().min(1_000).max(9_999).optional(),
  addedAt: instant,
  runtimeMinutes: z.number().int().positive().optional(),
  maturityRating: z.enum(MATURITY_RATINGS),
  genreIds: z.array(id).max(100),
  directorIds: z.array(id).max(1_000),
  castIds: z.array(id).max(1_000),
  studio: z.string().max(1_000).optional(),
  averageScore: z.number().min(0).max(10).optional(),
  scoreCount: z.number().int().nonnegative().optional(),
  artworkVariants: z.number().int().min(2).max(MAX_ARTWORK_VARIANTS).optional(),
  availability: z
    .array(z.object({ from: instant, to: instant.optional(), regions: z.array(z.string()).optional() }))
    .max(1_000),
});
const storableName = z.object({ id, name: z.string().min(1).max(1_000) });

/** @throws MarqueeError BAD_USER_INPUT naming the title and what is wrong with it. */
export function requireStorableTitle(title: Title): void {
  require(storableTitle, 'title', title);
}

/** For people and genres. @throws MarqueeError BAD_USER_INPUT naming it and what is wrong. */
export function requireStorableName(what: 'person' | 'genre', value: { id: string; name: string }): void {
  require(storableName, what, value);
}

function require(schema: z.ZodType, what: string, value: { readonly id: string }): void {
  const result = schema.safeParse(value);
  if (result.success) return;
  const issue = result.error.issues[0];
  throw new MarqueeError('BAD_USER_INPUT', {
    message: `${what} ${JSON.stringify(value.id)}: ${issue?.path.join('.')}: ${issue?.message}`,
    field: `${what}.${issue?.path.join('.')}`,
  });
}
