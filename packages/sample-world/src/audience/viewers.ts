/** The audience's profiles, made from the seed when asked for: drawn viewers `sim-<n>` and the personas. */
import type { ProfileId } from '@marquee/domain';
import type { FilmWorld } from './film-world.ts';
import { mix } from './mix.ts';
import { PERSONA_DEFINITIONS, type PersonaDefinition, personaTaste } from './personas.ts';
import { drawTaste, type Taste } from './taste.ts';

export interface Viewer {
  readonly id: ProfileId;
  readonly name: string;
  readonly taste: Taste;
  /** Set for personas. */
  readonly persona?: PersonaDefinition;
}

export interface Viewers {
  /** Drawn viewers, without the personas. */
  readonly count: number;
  readonly personas: readonly Viewer[];
  /** @param n from 0. */
  drawn(n: number): Viewer;
  /** @throws RangeError for an id that is nobody's. */
  byId(id: ProfileId): Viewer;
  ids(): Generator<ProfileId>;
}

const GIVEN_NAMES = (
  'Ada Amir Anouk Ben Carla Chen Dara Elif Emil Femi Greta Hana Hugo Ines Ivan Jada Jonas Kaya Lars Leila Luca Maya ' +
  'Milan Nadia Noah Olga Omar Pia Priya Ravi Rosa Sam Sara Tariq Tess Tomas Uma Vera Yara Zoe'
).split(' ');
/** Drawn viewers kept ready; a miss costs a few microseconds. */
const CACHE_SIZE = 8_192;

export function createViewers(options: {
  seed: number;
  world: FilmWorld;
  count: number;
  personas: boolean;
}): Viewers {
  const { seed, world, count } = options;
  const cache = new Map<number, Viewer>();
  const personas = (options.personas ? PERSONA_DEFINITIONS : []).map(
    (persona): Viewer => ({
      id: persona.id,
      name: persona.name,
      taste: personaTaste(persona, world, seed),
      persona,
    }),
  );
  const personaById = new Map(personas.map((viewer) => [viewer.id, viewer]));

  const drawn = (n: number): Viewer => {
    let viewer = cache.get(n);
    if (viewer === undefined) {
      if (cache.size >= CACHE_SIZE) cache.clear();
      const name = `${GIVEN_NAMES[mix(seed, n, 10) % GIVEN_NAMES.length]} ${n + 1}`;
      viewer = { id: `sim-${n + 1}`, name, taste: drawTaste(seed, n, world.genreIds) };
      cache.set(n, viewer);
    }
    return viewer;
  };
  return {
    count,
    personas,
    drawn,
    byId(id) {
      const persona = personaById.get(id);
      if (persona !== undefined) return persona;
      const n = Number(/^sim-([1-9]\d*)$/.exec(id)?.[1]);
      if (!(n <= count)) throw new RangeError(`no profile ${id} in this audience of ${count}`);
      return drawn(n - 1);
    },
    *ids() {
      for (const { id } of personas) yield id;
      for (let n = 1; n <= count; n++) yield `sim-${n}`;
    },
  };
}
