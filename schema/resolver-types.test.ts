import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot, subgraphFolders } from './repository.ts';
import { resolverTypes } from './resolver-types.ts';

describe('generated resolver types', () => {
  it.each(subgraphFolders().map((folder) => basename(folder)))(
    'are what is checked in and can be stripped: %s',
    async (name) => {
      const folder = join(repositoryRoot, 'subgraphs', name);
      const target = join(folder, 'src/__generated__/resolvers-types.ts');
      const generated = await resolverTypes(folder, target);
      expect(readFileSync(target, 'utf8')).toBe(generated);
      expect(() => stripTypeScriptTypes(generated)).not.toThrow();
      expect(generated).toMatch(/export type Resolvers</);
    },
  );
});
