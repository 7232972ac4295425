/**
 * Tracking tokens: what a client sends back with an impression or a play, so that the event carries where the
 * title stood and how it got there. Opaque to clients, signed so that nobody can invent a place, and bound to
 * the profile the slate was made for.
 *
 * Layout, before base64url: version u8 · row u8 · position u16 · propensity f32 · revision f64 · profile hash 8 bytes · then
 * four texts, each after its length in bytes (u16): slate id, title id, model version, assignments as JSON; of a home page a
 * fifth, the kind of its row, and u8 the picture where one was chosen, which a process of an earlier release reads past ·
 * HMAC-SHA256 over all of it, truncated to 16 bytes (RFC 2104 §5 allows half of the digest).
 */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { ProfileId, TitleId } from '@marquee/domain';

const VERSION = 2;
const FIXED_BYTES = 1 + 1 + 2 + 4 + 8;
const PROFILE_BYTES = 8;
const MAC_BYTES = 16;
/** Positions are two bytes. */
const PLACES_PER_ROW = 65_536;
const MIN_SECRET_BYTES = 16;
/** Longer tokens are not ours. */
const MAX_TOKEN_LENGTH = 2_048;

/** What all tokens of one slate share. */
export interface TokenScope {
  readonly slateId: string;
  readonly profileId: ProfileId | undefined;
  /** Of the viewer's state that the slate was made from: tells whether the profile was erased since. */
  readonly revision: number;
  readonly modelVersion: string | undefined;
  readonly assignments: Readonly<Record<string, string>>;
}

export interface TokenPlace {
  readonly titleId: TitleId;
  readonly row: number;
  readonly position: number;
  readonly propensity: number;
  /** Of a home page. */
  readonly rowKind?: string | undefined;
  /** The picture that was chosen, of a place with a `rowKind`. */
  readonly artworkVariant?: number | undefined;
}

export interface TrackedPlace extends TokenPlace {
  readonly slateId: string;
  readonly revision: number;
  readonly modelVersion: string | undefined;
  readonly assignments: Readonly<Record<string, string>>;
}

export type TokenVerdict =
  | { readonly verdict: 'valid'; readonly place: TrackedPlace }
  /** Not signed by us, or damaged. */
  | { readonly verdict: 'forged' }
  /** Ours, but made for somebody else. */
  | { readonly verdict: 'foreign' };

export interface TrackingTokens {
  /**
   * A signer for one slate. It remembers its tokens, one for each place: a slate is shown again and again, and
   * signing its 200 places anew each time is a twentieth of what a page costs.
   */
  signer(scope: TokenScope): (place: TokenPlace) => string;
  verify(token: string, profileId: ProfileId | undefined): TokenVerdict;
}

/** @throws RangeError for a secret that is too short to be one. */
export function createTrackingTokens(secret: Uint8Array | string): TrackingTokens {
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret);
  if (bytes.length < MIN_SECRET_BYTES)
    throw new RangeError(`a token secret has at least ${MIN_SECRET_BYTES} bytes`);
  const key = createSecretKey(bytes);
  return {
    signer(scope) {
      const profile = profileHash(scope.profileId);
      const slateId = text(scope.slateId);
      const shared = Buffer.concat([
        text(scope.modelVersion ?? ''),
        text(Object.keys(scope.assignments).length === 0 ? '' : JSON.stringify(scope.assignments)),
      ]);
      const sign = ({ titleId, row, position, propensity, rowKind, artworkVariant }: TokenPlace): string => {
        const fixed = Buffer.allocUnsafe(FIXED_BYTES);
        fixed.writeUInt8(VERSION, 0);
        fixed.writeUInt8(row, 1);
        fixed.writeUInt16LE(position, 2);
        fixed.writeFloatLE(propensity, 4);
        fixed.writeDoubleLE(scope.revision, 8);
        const kind = rowKind === undefined ? [] : [text(rowKind)];
        if (artworkVariant !== undefined) kind.push(Buffer.of(artworkVariant));
        const body = Buffer.concat([fixed, profile, slateId, text(titleId), shared, ...kind]);
        return Buffer.concat([body, mac(key, body)]).toString('base64url');
      };
      const made = new Map<number, { readonly place: TokenPlace; readonly token: string }>();
      return (place) => {
        const known = made.get(place.row * PLACES_PER_ROW + place.position);
        if (known?.place.titleId === place.titleId && known.place.propensity === place.propensity) {
          return known.token;
        }
        const token = sign(place);
        made.set(place.row * PLACES_PER_ROW + place.position, { place, token });
        return token;
      };
    },
    verify(token, profileId) {
      if (token.length > MAX_TOKEN_LENGTH) return { verdict: 'forged' };
      const signed = Buffer.from(token, 'base64url');
      // Base64 decoding forgives what it does not know; a token has one spelling.
      if (
        signed.length <= FIXED_BYTES + PROFILE_BYTES + MAC_BYTES ||
        signed.toString('base64url') !== token
      ) {
        return { verdict: 'forged' };
      }
      const body = signed.subarray(0, -MAC_BYTES);
      if (!timingSafeEqual(mac(key, body), signed.subarray(-MAC_BYTES))) return { verdict: 'forged' };
      if (body.readUInt8(0) !== VERSION) return { verdict: 'forged' };
      if (!timingSafeEqual(body.subarray(FIXED_BYTES, FIXED_BYTES + PROFILE_BYTES), profileHash(profileId))) {
        return { verdict: 'foreign' };
      }
      return { verdict: 'valid', place: decodeBody(body) };
    },
  };
}

function mac(key: KeyObject, body: Buffer): Buffer {
  return createHmac('sha256', key).update(body).digest().subarray(0, MAC_BYTES);
}

/** Binds a token to a profile without telling anybody which. Nobody in particular hashes like an empty id. */
function profileHash(profileId: ProfileId | undefined): Buffer {
  return hash('sha256', `profile:${profileId ?? ''}`, 'buffer').subarray(0, PROFILE_BYTES);
}

function text(value: string): Buffer {
  const length = Buffer.byteLength(value);
  const buffer = Buffer.allocUnsafe(2 + length);
  buffer.writeUInt16LE(length, 0);
  buffer.write(value, 2);
  return buffer;
}

/** Only for bodies whose signature holds: they are well-formed because we made them. */
function decodeBody(body: Buffer): TrackedPlace {
  let offset = FIXED_BYTES + PROFILE_BYTES;
  const next = (): string => {
    const length = body.readUInt16LE(offset);
    const value = body.toString('utf8', offset + 2, offset + 2 + length);
    offset += 2 + length;
    return value;
  };
  const [slateId, titleId, modelVersion, assignments] = [next(), next(), next(), next()];
  const rowKind = offset < body.length ? next() : undefined;
  const artworkVariant = offset < body.length ? body.readUInt8(offset) : undefined;
  return {
    slateId,
    titleId,
    row: body.readUInt8(1),
    position: body.readUInt16LE(2),
    propensity: body.readFloatLE(4),
    ...(rowKind !== undefined && { rowKind }),
    ...(artworkVariant !== undefined && { artworkVariant }),
    revision: body.readDoubleLE(8),
    modelVersion: modelVersion === '' ? undefined : modelVersion,
    assignments: assignments === '' ? {} : (JSON.parse(assignments) as Record<string, string>),
  };
}
