/** How labels of `@override` are configured: `new-reviews=25,percent(5)=0`. */
import { z } from 'zod';

/** As composition allows labels. */
const label = z
  .string()
  .regex(/^([a-zA-Z][a-zA-Z0-9_\-:./]*|percent\([0-9.]+\))$/, 'is not a label of @override');
const percent = z.number().min(0).max(100);

export const overrideSharesSchema = z.record(label, percent);

export const OVERRIDE_VARIABLES = {
  /**
   * Who is answered by the new subgraph of a field that moves, in percent of viewers, by label with commas between. A label
   * that is not named is off, and one like `percent(25)` is what it says.
   */
  MARQUEE_OVERRIDES: z
    .string()
    .default('')
    .transform((text) =>
      Object.fromEntries(
        text
          .split(',')
          .filter((pair) => pair.trim() !== '')
          .map((pair) => {
            const at = pair.lastIndexOf('=');
            const share = pair.slice(at + 1).trim();
            // What is no number is refused as a share below.
            return [pair.slice(0, Math.max(at, 0)).trim(), share === '' ? Number.NaN : Number(share)];
          }),
      ),
    )
    .pipe(overrideSharesSchema),
};
