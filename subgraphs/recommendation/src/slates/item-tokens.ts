/** Tracking tokens of a slate's items, made when a client asks for them. */
import type { PlacedItem, StoredSlate } from './stored-slate.ts';
import type { TokenPlace, TrackingTokens } from './tracking-token.ts';

export class ItemTokens {
  readonly #tokens: TrackingTokens;
  /** What all tokens of a slate share is encoded once; a signer goes when its slate does. */
  readonly #signers = new WeakMap<StoredSlate, (place: TokenPlace) => string>();

  constructor(tokens: TrackingTokens) {
    this.#tokens = tokens;
  }

  of({ served: { slate }, row, position, item }: PlacedItem): string {
    let sign = this.#signers.get(slate);
    if (sign === undefined) {
      sign = this.#tokens.signer({
        slateId: slate.id,
        profileId: slate.profileId,
        revision: slate.revision,
        modelVersion: slate.modelVersions[0]?.version,
        assignments: slate.assignments,
      });
      this.#signers.set(slate, sign);
    }
    // Rows of other surfaces are no rows of a page.
    const rowKind = slate.surface === 'home' ? slate.rows[row]?.kind : undefined;
    return sign({
      titleId: item.titleId,
      row,
      position,
      propensity: item.propensity,
      rowKind,
      artworkVariant: item.artwork?.variant,
    });
  }
}
