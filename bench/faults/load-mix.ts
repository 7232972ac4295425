/** What of everything that is sent is what: the part of a campaign's load that decides what a request costs. Pure. */

/** `full`: the trusted document HomeRows. `first-screen`: first-screen.graphql beside this file. */
export const HOME_DOCUMENTS = ['full', 'first-screen'] as const;
export type HomeDocument = (typeof HOME_DOCUMENTS)[number];

export interface LoadMix {
  /** Of all requests, those that record events or save a title; 0 to 1. */
  readonly writes: number;
  /** Of all home pages; the shares add up to 1. */
  readonly documents: Readonly<Record<HomeDocument, number>>;
  /** Of all home pages, those asked for in a way that no stored slate answers; 0 to 1. */
  readonly fresh: number;
}

/** @param text e.g. `full`, or `first-screen=9,full=1`. @throws RangeError for what is neither. */
export function documentShares(text: string): LoadMix['documents'] {
  const weights: Record<HomeDocument, number> = { full: 0, 'first-screen': 0 };
  for (const part of text.split(',')) {
    const [name = '', weight = '1'] = part.trim().split('=');
    const value = Number(weight);
    if (!isDocument(name) || weight === '' || !(value >= 0 && value < 1e6))
      throw new RangeError(
        `--document takes ${HOME_DOCUMENTS.join(' or ')}, each perhaps with =<weight>, not "${part}"`,
      );
    weights[name] = value;
  }
  const all = weights.full + weights['first-screen'];
  if (all === 0) throw new RangeError('--document gives every page the weight 0');
  return { full: weights.full / all, 'first-screen': weights['first-screen'] / all };
}

/** E.g. `80 % first screens, 10 % whole pages, 10 % writes; 10 % of the pages computed anew`. */
export function describeMix({ writes, documents, fresh }: LoadMix): string {
  const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;
  const pages = 1 - writes;
  const parts = [
    [pages * documents['first-screen'], 'first screens (3 rows x 6 titles)'],
    [pages * documents.full, 'whole pages (12 rows x 20 titles)'],
    [writes, 'writes'],
  ] as const;
  const sent = parts.filter(([share]) => share > 0).map(([share, what]) => `${percent(share)} ${what}`);
  return `${sent.join(', ')}; ${percent(fresh)} of the pages asked for in a way that no stored slate answers`;
}

function isDocument(name: string): name is HomeDocument {
  return (HOME_DOCUMENTS as readonly string[]).includes(name);
}
