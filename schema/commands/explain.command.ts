/** `schema explain`: what an error code means, or how the gateway fetches an operation. */
import { existsSync } from 'node:fs';
import { HINTS } from '@apollo/composition/dist/hints.js';
import { ERRORS } from '@apollo/federation-internals';
import { ERROR_CATALOGUE, MarqueeError } from '@marquee/service-kit';
import { type DocumentNode, parse, validate } from 'graphql';
import { LINT_RULES } from '../lint/rules.ts';
import { readOwners } from '../owners/owners-file.ts';
import { ownership } from '../owners/ownership.ts';
import { membersOfSupergraph } from '../owners/subgraph-members.ts';
import { planText } from '../query-plans.ts';
import { readTrustedDocuments } from '../trusted-documents.ts';
import { type Command, readArguments } from './command.ts';
import { apiSchemaOf, COMMITTED_SUPERGRAPH, readText } from './supergraph-text.ts';

export const explainCommand: Command = {
  name: 'explain',
  summary: 'what an error code or lint rule means, whose a field is, or the query plan of an operation',
  help: `npm run schema -- explain <code | rule | coordinate | operation>

<code>: of composition (FIELD_TYPE_MISMATCH), a hint of composition (UNUSED_ENUM_TYPE), or of an answer (OVERLOADED).
<rule>: of \`lint\`.
<coordinate>: a type, field or enum value (Title.name); says which team owns it and which subgraphs have it.
<operation>: name of a trusted document, or a file with a query; prints which subgraph is asked for what, in which order.

  --supergraph <file>   to plan over (default schema/supergraph.graphql)

Exit code 1 for what is neither.`,
  async run(argv, { print }) {
    const { values, positionals } = readArguments(argv, { supergraph: 'string' }, 1);
    const [what] = positionals;
    if (what === undefined) throw new MarqueeError('CONFIG_INVALID', 'explain what? (--help)');
    const sdl = readText(values.supergraph ?? COMMITTED_SUPERGRAPH);
    apiSchemaOf(sdl, values.supergraph);
    const meaning = meaningOf(what) ?? ownersOf(what, sdl);
    if (meaning !== undefined) {
      for (const line of meaning) print(line);
      return 0;
    }
    const text = readTrustedDocuments().find(({ name }) => name === what)?.text ?? textOf(what);
    if (text === undefined) {
      print(`${what} is no code, no rule, no part of the graph, no trusted document and no file`);
      return 1;
    }
    const document = parsed(text, what);
    const problems = validate(apiSchemaOf(sdl), document);
    for (const { message, locations } of problems) print(`line ${locations?.[0]?.line}: ${message}`);
    if (problems.length > 0) return 1;
    print(planText(sdl, document));
    return 0;
  },
};

function meaningOf(code: string): readonly string[] | undefined {
  const error = ERRORS[code as keyof typeof ERRORS] as
    | { description: string; metadata: ErrorMetadata }
    | undefined;
  if (error !== undefined) {
    const { addedIn, replaces = [] } = error.metadata;
    return [
      `${code}: an error of composition (since federation ${addedIn}).`,
      error.description,
      ...(replaces.length === 0 ? [] : [`Replaces ${replaces.join(', ')}.`]),
    ];
  }
  const hint = HINTS[code as keyof typeof HINTS];
  if (hint !== undefined) {
    return [`${code}: a hint of composition (${hint.level.name.toLowerCase()}).`, hint.description];
  }
  const rule = LINT_RULES.find(({ name }) => name === code);
  if (rule !== undefined) return [`${code}: a lint rule.`, `${rule.summary}.`];
  const ours = Object.entries(ERROR_CATALOGUE).find(([name]) => name === code)?.[1];
  if (ours === undefined) return undefined;
  const again = ours.retryable ? 'It may work when it is sent again.' : 'Sending it again does not help.';
  return [`${code}: an error of the ${ours.party}, in answers.`, `${ours.description} ${again}`];
}

function ownersOf(coordinate: string, sdl: string): readonly string[] | undefined {
  const members = membersOfSupergraph(sdl);
  const subgraphs = members.get(coordinate.replace(/\(.*$/, ''));
  if (subgraphs === undefined) return undefined;
  const owners = ownership(readOwners(), members);
  const team = owners.ownerOf(coordinate);
  const whose = team === undefined ? 'nobody owns it' : `owned by team ${team} (${owners.contactOf(team)})`;
  return [`${coordinate}: ${whose}.`, `Resolved in ${[...subgraphs].sort().join(', ')}.`];
}

interface ErrorMetadata {
  readonly addedIn: string;
  readonly replaces?: readonly string[];
}

function parsed(text: string, where: string): DocumentNode {
  try {
    return parse(text);
  } catch (cause) {
    throw new MarqueeError('BAD_USER_INPUT', { message: `${where}: ${(cause as Error).message}`, cause });
  }
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readText(path) : undefined;
}
