/**
 * Profiles to demonstrate with, for data that names none: for each genre the profile that stands out most by it,
 * so that their home pages differ visibly. "Stands out" is the genre's share of the profile's taste against its mean
 * share among all profiles, weighted by the share itself (the summand of the Kullback–Leibler divergence).
 */
import { type ProfileState, profileStateView } from '@marquee/features';
import { MAX_PAGE } from '@marquee/profiles';
import { startAll, stopAll } from '@marquee/service-kit';
import { type MarqueeDeps, portComponents } from '../deps.ts';
import type { Persona } from './world-source.ts';

const PERSONAS = 12;
const TASTES = 3;
/** With fewer watched titles a taste is an accident. */
const LEAST_WATCHES = 20;

interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly watches: number;
  /** Genre id → share of the positive taste. */
  readonly shares: ReadonlyMap<string, number>;
}

/** @param deps adapters that nobody has started; stopped again. */
export async function distinctivePersonas(deps: MarqueeDeps): Promise<(Persona & { tastes: string[] })[]> {
  const ports = portComponents(deps);
  await startAll(ports, deps.logger);
  try {
    const candidates = await readCandidates(deps);
    const names = new Map((await deps.catalogue.genres()).map((genre) => [genre.id, genre.name]));
    return chooseDistinctive(candidates).map(({ id, name, genreIds }) => ({
      id,
      name,
      tastes: genreIds.map((genreId) => names.get(genreId) ?? genreId),
    }));
  } finally {
    await stopAll(ports, deps.logger, 10_000);
  }
}

async function readCandidates(deps: MarqueeDeps): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (let afterId: string | undefined; ; ) {
    const profiles = await deps.profiles.list({
      first: MAX_PAGE,
      ...(afterId === undefined ? {} : { afterId }),
    });
    if (profiles.length === 0) return candidates;
    afterId = profiles.at(-1)!.id;
    const blobs = await deps.store.getMany(profiles.map((profile) => profileStateView.key(profile.id)));
    for (const [i, { id, name }] of profiles.entries()) {
      const state = profileStateView.decode(blobs[i]);
      if (state === undefined || state.history.length === 0) continue;
      candidates.push({ id, name, watches: state.qualifiedWatches, shares: sharesOf(state) });
    }
  }
}

function sharesOf(state: ProfileState): Map<string, number> {
  const positive = Object.entries(state.taste.genres).filter(([, weight]) => weight > 0);
  const total = positive.reduce((sum, [, weight]) => sum + weight, 0);
  return new Map(positive.map(([genreId, weight]) => [genreId, weight / total]));
}

/** Pure: one per genre, the most distinctive first; those with many watches before those with few. */
export function chooseDistinctive(
  candidates: readonly Candidate[],
): readonly { id: string; name: string; genreIds: readonly string[] }[] {
  const mean = new Map<string, number>();
  for (const { shares } of candidates) {
    for (const [genreId, share] of shares)
      mean.set(genreId, (mean.get(genreId) ?? 0) + share / candidates.length);
  }
  const ranked = candidates
    .map(({ id, name, watches, shares }) => {
      const genres = [...shares]
        .map(([genreId, share]) => ({ genreId, weight: share * Math.log(share / mean.get(genreId)!) }))
        .sort((a, b) => b.weight - a.weight || (a.genreId < b.genreId ? -1 : 1));
      return { id, name, enough: watches >= LEAST_WATCHES, genres };
    })
    .filter(({ genres }) => genres.length > 0)
    .sort(
      (a, b) =>
        Number(b.enough) - Number(a.enough) ||
        b.genres[0]!.weight - a.genres[0]!.weight ||
        (a.id < b.id ? -1 : 1),
    );
  const seen = new Set<string>();
  const chosen = ranked.filter(({ genres }) => {
    const { genreId } = genres[0]!;
    if (seen.has(genreId)) return false;
    seen.add(genreId);
    return true;
  });
  return chosen.slice(0, PERSONAS).map(({ id, name, genres }) => ({
    id,
    name,
    genreIds: genres.slice(0, TASTES).map(({ genreId }) => genreId),
  }));
}
