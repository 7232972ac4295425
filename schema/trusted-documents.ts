/** The shipped operations. They are the only ones we know to be in use, so schema changes are judged by them. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { repositoryRoot } from './repository.ts';

export interface TrustedDocument {
  /** File name without `.graphql`; also the name of the operation in it. */
  readonly name: string;
  readonly text: string;
  readonly document: DocumentNode;
}

/** All of `schema/trusted-documents`, in order of name. @throws MarqueeError NOT_FOUND; CONFIG_INVALID naming the file that does not parse. */
export function readTrustedDocuments(
  folder = join(repositoryRoot, 'schema/trusted-documents'),
): readonly TrustedDocument[] {
  return namesIn(folder)
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return { name: basename(file, '.graphql'), text, document: parsed(text, file) };
    });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    const message = `the trusted documents cannot be read: ${(cause as Error).message}`;
    throw new MarqueeError('NOT_FOUND', { message, cause });
  }
}

function parsed(text: string, file: string): DocumentNode {
  try {
    return parse(text);
  } catch (error) {
    const at = error instanceof GraphQLError ? `, line ${error.locations?.[0]?.line}` : '';
    const message = `trusted document ${file}${at}: ${(error as Error).message}`;
    throw new MarqueeError('CONFIG_INVALID', { message, cause: error });
  }
}

/** One entry per problem, with the line in the document. */
export function validateTrustedDocuments(
  schema: GraphQLSchema,
  documents: readonly TrustedDocument[],
): readonly { readonly name: string; readonly message: string }[] {
  return documents.flatMap(({ name, document }) =>
    validate(schema, document, specifiedRules).map((error) => {
      const line = error.locations?.[0]?.line;
      return { name, message: line === undefined ? error.message : `line ${line}: ${error.message}` };
    }),
  );
}
