/**
 * What every catalogue adapter promises, as tests. An adapter's own test file calls this with a maker of
 * fresh, empty, unstarted catalogues; the suite starts and stops them.
 */
import { afterEach, beforeEach, describe } from 'vitest';
import { describeLife } from './contract/life.ts';
import { describeLists } from './contract/lists.ts';
import { describeRecords } from './contract/records.ts';
import { GENRES, PEOPLE } from './contract/sample-titles.ts';
import { describeSearch } from './contract/search.ts';
import { createSubject } from './contract/subject.ts';
import type { Catalogue } from './index.ts';

export function describeCatalogueContract(name: string, make: () => Promise<Catalogue>): void {
  describe(`the catalogue contract: ${name}`, () => {
    let catalogue: Catalogue;

    beforeEach(async () => {
      catalogue = await make();
      await catalogue.start();
      await catalogue.put({ genres: GENRES, people: PEOPLE });
    });
    afterEach(() => catalogue.stop());

    const subject = createSubject(() => catalogue);
    describeLife(subject);
    describeRecords(subject);
    describeLists(subject);
    describeSearch(subject);
  });
}
