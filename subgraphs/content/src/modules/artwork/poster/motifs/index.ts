/** Which motifs and moods fit which genre. Genres are recognised by words in their names, whatever their source. */
import type { Motif } from '../motif.ts';
import type { Mood } from '../palettes.ts';
import { aperture } from './aperture.motif.ts';
import { arches } from './arches.motif.ts';
import { balloons } from './balloons.motif.ts';
import { blinds } from './blinds.motif.ts';
import { burst } from './burst.motif.ts';
import { castle } from './castle.motif.ts';
import { chevrons } from './chevrons.motif.ts';
import { claws } from './claws.motif.ts';
import { compass } from './compass.motif.ts';
import { confetti } from './confetti.motif.ts';
import { contours } from './contours.motif.ts';
import { equaliser } from './equaliser.motif.ts';
import { heart } from './heart.motif.ts';
import { keyhole } from './keyhole.motif.ts';
import { masks } from './masks.motif.ts';
import { mesa } from './mesa.motif.ts';
import { mountains } from './mountains.motif.ts';
import { orbits } from './orbits.motif.ts';
import { pair } from './pair.motif.ts';
import { pines } from './pines.motif.ts';
import { planet } from './planet.motif.ts';
import { rainbow } from './rainbow.motif.ts';
import { rays } from './rays.motif.ts';
import { record } from './record.motif.ts';
import { reflection } from './reflection.motif.ts';
import { scales } from './scales.motif.ts';
import { skyline } from './skyline.motif.ts';
import { smile } from './smile.motif.ts';
import { stripes } from './stripes.motif.ts';
import { synth } from './synth.motif.ts';
import { tiles } from './tiles.motif.ts';
import { tree } from './tree.motif.ts';
import { vertigo } from './vertigo.motif.ts';

export interface GenreStyle {
  readonly motifs: readonly Motif[];
  readonly moods: readonly Mood[];
}

/** The first that matches a genre's name wins, so what is special stands before what is general. */
const STYLES: readonly (readonly [RegExp, GenreStyle])[] = [
  [/black comedy/i, { motifs: [masks, keyhole], moods: ['noir', 'blood', 'neon'] }],
  [/romantic|romance|love/i, { motifs: [pair, heart, reflection], moods: ['soft', 'warm', 'soft'] }],
  [/horror/i, { motifs: [tree, claws], moods: ['blood', 'night', 'blood'] }],
  [/sci|space/i, { motifs: [planet, synth, orbits], moods: ['neon', 'night', 'neon'] }],
  [/fantasy|tale/i, { motifs: [castle, pines, castle, scales], moods: ['night', 'soft', 'forest'] }],
  [/western/i, { motifs: [mesa], moods: ['desert', 'warm'] }],
  [/noir|crime/i, { motifs: [skyline, blinds], moods: ['noir', 'night'] }],
  [/myster/i, { motifs: [keyhole, arches], moods: ['night', 'noir', 'cold'] }],
  [/thrill|suspense/i, { motifs: [vertigo, blinds, keyhole], moods: ['noir', 'cold', 'blood'] }],
  [/hero/i, { motifs: [burst, rays], moods: ['bright', 'neon'] }],
  [/war\b|military/i, { motifs: [chevrons], moods: ['forest', 'noir', 'desert'] }],
  [/music|concert|perform|dance/i, { motifs: [record, equaliser], moods: ['bright', 'neon', 'warm'] }],
  [
    /document|true story|biograph|news/i,
    { motifs: [contours, aperture], moods: ['cold', 'forest', 'desert'] },
  ],
  [/kid|child|famil|animat/i, { motifs: [rainbow, balloons], moods: ['bright', 'soft', 'forest'] }],
  [/histor|period|epic/i, { motifs: [arches, scales], moods: ['desert', 'warm', 'forest'] }],
  [/adventur/i, { motifs: [mountains, compass, pines, mountains], moods: ['warm', 'forest', 'cold'] }],
  [/action|sport/i, { motifs: [rays, stripes], moods: ['bright', 'blood', 'neon', 'noir'] }],
  [/comed/i, { motifs: [smile, confetti], moods: ['bright', 'soft', 'warm'] }],
  [/drama/i, { motifs: [tiles, reflection, arches], moods: ['cold', 'warm', 'soft', 'noir', 'forest'] }],
];
const ANY: GenreStyle = { motifs: [aperture, tiles], moods: ['cold', 'warm', 'forest', 'bright'] };

export function styleOfGenre(name: string): GenreStyle {
  return STYLES.find(([words]) => words.test(name))?.[1] ?? ANY;
}

/** All of them, by name. */
export const MOTIFS: Readonly<Record<string, Motif>> = {
  aperture,
  arches,
  balloons,
  blinds,
  burst,
  castle,
  chevrons,
  claws,
  compass,
  confetti,
  contours,
  equaliser,
  heart,
  keyhole,
  masks,
  mesa,
  mountains,
  orbits,
  pair,
  pines,
  planet,
  rainbow,
  rays,
  record,
  reflection,
  scales,
  skyline,
  smile,
  stripes,
  synth,
  tiles,
  tree,
  vertigo,
};
