/** The parts of `HomeRowsDeferred` that the page shows. */
export interface DeferredHome extends Omit<Home, 'rows'> {
  readonly firstRows: { readonly nodes: readonly Row[] };
  /** Their titles are nothing but ids until they come. */
  readonly laterRows: { readonly nodes: readonly Row[] };
}

export interface Home {
  readonly slateId: string;
  readonly generatedAt: string;
  readonly rows: { readonly nodes: readonly Row[] };
  readonly degradations: readonly Degradation[];
  readonly modelVersions: readonly { readonly name: string; readonly version: string }[];
}

export interface Row {
  readonly id: string;
  readonly kind: string;
  readonly headline: string;
  readonly items: { readonly nodes: readonly Item[] };
}

export interface Item {
  readonly position: number;
  /** The one of the title's that was chosen for this viewer; null: the title's own. */
  readonly artwork: (Picture & { readonly id: string }) | null;
  readonly trackingToken: string;
  readonly reason: { readonly text: string } | null;
  readonly title: Title;
}

export interface Picture {
  readonly url: string;
  readonly dominantColor?: string;
  readonly alt?: string;
}

export interface Title {
  readonly id: string;
  readonly name: string;
  readonly synopsis: string | null;
  readonly releaseYear: number | null;
  readonly runtimeMinutes: number | null;
  readonly maturityRating: string | null;
  readonly genres: readonly { readonly name: string }[];
  readonly directors?: readonly { readonly name: string }[];
  readonly artwork: Picture;
  readonly viewer: ViewerState | null;
}

export interface ViewerState {
  readonly reaction: 'LIKE' | 'DISLIKE' | 'NONE' | null;
  readonly inMyList: boolean;
  readonly progress: { readonly positionSeconds: number } | null;
}

export interface Degradation {
  readonly code: string;
  readonly step: string;
  readonly component: string;
  readonly message: string;
}

/** The rows are those of the answer: what comes later is seen in them. */
export function homeOf({ firstRows, laterRows, ...home }: DeferredHome): Home {
  return { ...home, rows: { nodes: [...firstRows.nodes, ...laterRows.nodes] } };
}

/** Whether it is known what the title is, beside which. */
export function hasCome({ title }: Item): boolean {
  return (title as Partial<Title>).name !== undefined;
}

/** What its card says of itself to whoever reports that it was seen. */
export function cardData({ title, trackingToken, artwork }: Item): Record<string, string> {
  return { title: title.id, token: trackingToken, ...(artwork !== null && { artwork: artwork.id }) };
}

/** "1994 · R · 2 h 34 m · Crime, Drama", as far as it is known. */
export function facts(title: Title): string {
  const { releaseYear, maturityRating, runtimeMinutes, genres } = title;
  return [
    releaseYear,
    maturityRating === null || maturityRating === 'NOT_RATED' ? null : maturityRating.replaceAll('_', '-'),
    runtimeMinutes === null ? null : `${Math.floor(runtimeMinutes / 60)} h ${runtimeMinutes % 60} m`,
    genres.map((genre) => genre.name).join(', '),
  ]
    .filter((fact) => fact !== null && fact !== '')
    .join(' · ');
}

/** Assumed where a title has no runtime. */
const USUAL_RUNTIME_MINUTES = 100;

/** Share of the title that was watched, in [0, 1]; undefined where it was not played. */
export function watchedShare({ viewer, runtimeMinutes }: Title): number | undefined {
  const progress = viewer?.progress;
  if (progress === null || progress === undefined) return undefined;
  return Math.min(1, progress.positionSeconds / ((runtimeMinutes ?? USUAL_RUNTIME_MINUTES) * 60));
}
