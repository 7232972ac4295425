/** `schema diff`: what clients would notice. */
import { type Command, readArguments } from './command.ts';
import { findingLines, tally } from './findings.ts';
import { INSTALLATION_HELP, INSTALLATION_OPTIONS, openPublications } from './installation.ts';
import { judgedChanges } from './judged-changes.ts';
import { apiSchemaOf, COMMITTED_SUPERGRAPH, readText } from './supergraph-text.ts';

export const diffCommand: Command = {
  name: 'diff',
  summary: 'breaking, dangerous and safe changes between two supergraphs',
  help: `npm run schema -- diff [<before>] [<after>]

Each is a file with a supergraph or an API schema. Without <after>: schema/supergraph.graphql. With neither: what is in
force in an installation, against schema/supergraph.graphql.

Every change names the team that owns what changed, and every breaking or dangerous one the trusted documents that it concerns, whether they would be refused, and,
with a usage file, whose they are. Between two supergraphs, what callers must be allowed, what operations cost, how long answers are kept and what clients of contract
variants alone would notice is judged, too.

  --usage <file>    recorded usage (see schema/README.md): clients, and operations that are not trusted documents
  --json            the findings as JSON
${INSTALLATION_HELP}

Exit code 1 when there are breaking changes.`,
  async run(argv, context) {
    const { values, positionals } = readArguments(
      argv,
      { ...INSTALLATION_OPTIONS, usage: 'string', json: 'boolean' },
      2,
    );
    const [before, after = COMMITTED_SUPERGRAPH] = positionals;
    const beforeText = before === undefined ? await inForce(values, context) : readText(before);
    const afterText = readText(after);
    apiSchemaOf(beforeText, before ?? 'what is in force');
    apiSchemaOf(afterText, after);
    const changes = judgedChanges(beforeText, afterText, values.usage);
    if (values.json) context.print(JSON.stringify(changes, null, 2));
    else for (const line of [...findingLines(changes), tally(changes)]) context.print(line);
    return changes.some(({ criticality }) => criticality === 'breaking') ? 1 : 0;
  },
};

async function inForce(...[where, context]: Parameters<typeof openPublications>): Promise<string> {
  const publications = await openPublications(where, context);
  try {
    const current = await publications.current();
    // Until something is published, gateways serve what they were shipped with.
    return current?.sdl ?? readText(COMMITTED_SUPERGRAPH);
  } finally {
    await publications.close();
  }
}
