/** Where V8 makes new objects. */
import { setFlagsFromString } from 'node:v8';

/**
 * Has all objects made in young memory, for the rest of the process. V8 makes those of a line of code whose earlier
 * ones were mostly still in use at a collection in old memory at once. A large page that a collection meets half made is
 * in use as a whole: from then on the thousands of candidates of every page would go to old memory and die there,
 * where only a collection of all memory finds them. Call it before the code runs that it is about.
 */
export function makeObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
