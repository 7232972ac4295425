/**
 * A supergraph's text, read. Several parts of the gateway look for their own directives in it, one after the other and
 * while requests are being served: the text is read for the first of them.
 */
import { type DocumentNode, parse } from 'graphql';

/** The tree takes some fifty times the bytes of the text: it is there for as long as the garbage collector leaves it. */
let last: { readonly sdl: string; readonly document: WeakRef<DocumentNode> } | undefined;

/** Without locations; not to be changed. @throws GraphQLError for a text that is not SDL. */
export function supergraphDocument(sdl: string): DocumentNode {
  const known = last?.sdl === sdl ? last.document.deref() : undefined;
  if (known !== undefined) return known;
  const document = parse(sdl, { noLocation: true });
  last = { sdl, document: new WeakRef(document) };
  return document;
}
