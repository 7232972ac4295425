/** Posters over HTTP, for `<img>`. */
import type { Catalogue } from '@marquee/catalogue';
import type { Title } from '@marquee/domain';
import {
  type HttpReply,
  type HttpRequest,
  type HttpRoute,
  isMarqueeError,
  type Logger,
} from '@marquee/service-kit';
import { isPossibleId } from '../../input-bounds.ts';
import { boundedWidth } from './artwork-size.ts';
import { type Posters, variantsOf } from './posters.ts';

export interface ArtworkRouteDeps {
  readonly catalogue: Pick<Catalogue, 'titlesByIds' | 'genresByIds'>;
  readonly posters: Posters;
  readonly logger: Logger;
}

/** SVG can carry scripts; ours does not, and a browser that opens one as a page must not run any. */
const SAFE: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'x-content-type-options': 'nosniff',
  // Images are shown by other origins' pages.
  'cross-origin-resource-policy': 'cross-origin',
};
const FOR_EVER = 'public, max-age=31536000, immutable';
/** For addresses without a version, or with that of an earlier state of the title. */
const FOR_A_WHILE = 'public, max-age=300';
const SUFFIX = '.svg';

export function artworkRoute({ catalogue, posters, logger }: ArtworkRouteDeps): HttpRoute {
  /** Our own addresses have the suffix, so the name without it comes first; otherwise it is optional. */
  async function titleOf(name: string): Promise<Title | undefined> {
    const names = name.endsWith(SUFFIX) ? [name.slice(0, -SUFFIX.length), name] : [name];
    const titles = await catalogue.titlesByIds(names.filter(isPossibleId));
    return titles.find((title) => title !== undefined);
  }

  return {
    method: 'GET',
    path: '/artwork/:titleId',
    async handle(request) {
      let width: number;
      try {
        width = boundedWidth(request.query.width === undefined ? undefined : Number(request.query.width));
      } catch (error) {
        if (!isMarqueeError(error, 'BAD_USER_INPUT')) throw error;
        return plain(400, error.publicMessage);
      }
      const title = await titleOf(request.parameters.titleId ?? '');
      if (title === undefined) return plain(404, 'There is no title with this id.');

      const variant = Number(request.query.variant ?? 0);
      if (!Number.isInteger(variant) || variant < 0 || variant >= variantsOf(title))
        return plain(404, 'The title has no such picture.');

      const genres = (await catalogue.genresByIds(title.genreIds)).filter((genre) => genre !== undefined);
      const version = posters.version(title, genres, variant);
      const etag = `"${version}-${width}"`;
      const headers = {
        ...SAFE,
        etag,
        'cache-control': request.query.v === version ? FOR_EVER : FOR_A_WHILE,
      };
      if (holds(request, etag)) return { status: 304, headers, body: '' };
      const body = posters.draw(title, genres, width, variant);
      logger.trace({ titleId: title.id, width, bytes: body.length }, 'poster drawn');
      return { status: 200, headers: { ...headers, 'content-type': 'image/svg+xml; charset=utf-8' }, body };
    },
  };
}

/** RFC 9110 13.1.2: a list of tags or `*`, compared weakly. */
function holds(request: HttpRequest, etag: string): boolean {
  const given = request.headers['if-none-match'];
  if (given === undefined) return false;
  return given.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

function plain(status: number, text: string): HttpReply {
  return {
    status,
    headers: { ...SAFE, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: `${text}\n`,
  };
}
