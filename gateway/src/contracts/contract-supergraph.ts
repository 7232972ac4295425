/**
 * A contract variant is a supergraph: the whole one, with `@inaccessible` on everything that the variant does not show.
 * So it is planned and executed like any other, `@requires` and keys still reach what clients do not see, and
 * composition's own rules say whether what is left is a graph. Pure.
 */
import { Supergraph } from '@apollo/federation-internals';
import { MarqueeError } from '@marquee/service-kit';
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  Kind,
  parse,
  print,
  visit,
} from 'graphql';
import { linkedDirectiveName } from '../executor/supergraph/linked-directives.ts';
import { changeBetween } from '../executor/supergraph/supergraph-change.ts';
import { supergraphDocument } from '../executor/supergraph/supergraph-document.ts';
import type { ContractFilter } from './contract-filter.ts';
import { hiddenByContract } from './hidden-coordinates.ts';

const SPECIFICATION = 'https://specs.apollo.dev/inaccessible/v0.2';
const DEFINITION =
  'directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION';

export interface ContractVariant {
  readonly sdl: string;
  /** What the text is of, without locations. */
  readonly document: DocumentNode;
}

/** @throws MarqueeError CONFIG_INVALID naming the contract and what of it makes no graph. */
export function contractSupergraph(supergraphSdl: string, contract: ContractFilter): string {
  return contractVariant(supergraphSdl, contract, (sdl) => {
    // Who enforces what specification is asked when it is loaded.
    Supergraph.build(sdl, { supportedFeatures: null }).apiSchema();
  }).sdl;
}

/**
 * @param check throws for a text that makes no graph. @param last what the contract made of a supergraph before. Default: nothing.
 * @returns the last one where clients of the variant would see no difference: then it makes a graph as it did.
 * @throws MarqueeError CONFIG_INVALID naming the contract and what of it makes no graph.
 */
export function contractVariant(
  supergraphSdl: string,
  contract: ContractFilter,
  check: (sdl: string) => void,
  last?: ContractVariant,
): ContractVariant {
  const document = supergraphDocument(supergraphSdl);
  const linked = linkedDirectiveName(document, 'inaccessible', 'inaccessible');
  const hidden = hiddenByContract(document, contract, {
    tag: linkedDirectiveName(document, 'tag', 'tag'),
    inaccessible: linked,
  });
  const marked = marking(document, hidden, linked ?? 'inaccessible');
  const made = linked === undefined ? withSpecification(marked) : marked;
  if (last !== undefined && changeBetween(last.document, made)?.isVisible === false) return last;
  const sdl = print(made);
  try {
    check(sdl);
  } catch (error) {
    throw new MarqueeError('CONFIG_INVALID', {
      message: `the contract ${contract.name} makes no graph: ${(error as Error).message}`,
      cause: error,
    });
  }
  return { sdl, document: made };
}

function marking(document: DocumentNode, hidden: ReadonlySet<string>, name: string): DocumentNode {
  const inaccessible: ConstDirectiveNode = { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name } };
  type Markable = { readonly directives?: readonly ConstDirectiveNode[] };
  const marked = <N extends Markable>(node: N, coordinate: string): N =>
    hidden.has(coordinate) && !node.directives?.some((directive) => directive.name.value === name)
      ? { ...node, directives: [...(node.directives ?? []), inaccessible] }
      : node;
  const definitions = document.definitions.map((definition): DefinitionNode => {
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION: {
        const type = definition.name.value;
        const fields = definition.fields?.map((field) => {
          const of = `${type}.${field.name.value}`;
          const parameters = field.arguments?.map((each) => marked(each, `${of}(${each.name.value})`));
          return marked({ ...field, ...(parameters && { arguments: parameters }) }, of);
        });
        return marked({ ...definition, ...(fields && { fields }) }, type);
      }
      case Kind.INPUT_OBJECT_TYPE_DEFINITION: {
        const type = definition.name.value;
        const fields = definition.fields?.map((field) => marked(field, `${type}.${field.name.value}`));
        return marked({ ...definition, ...(fields && { fields }) }, type);
      }
      case Kind.ENUM_TYPE_DEFINITION: {
        const type = definition.name.value;
        const values = definition.values?.map((value) => marked(value, `${type}.${value.name.value}`));
        return marked({ ...definition, ...(values && { values }) }, type);
      }
      case Kind.UNION_TYPE_DEFINITION:
      case Kind.SCALAR_TYPE_DEFINITION:
        return marked(definition, definition.name.value);
      default:
        return definition;
    }
  });
  return { ...document, definitions };
}

/** For supergraphs in which nothing was inaccessible so far. */
function withSpecification(document: DocumentNode): DocumentNode {
  const link = parse(`schema @link(url: "${SPECIFICATION}", for: SECURITY) { query: Query }`, {
    noLocation: true,
  });
  const [schema] = link.definitions;
  const added = schema?.kind === Kind.SCHEMA_DEFINITION ? (schema.directives ?? []) : [];
  const linked = visit(document, {
    SchemaDefinition: (node) => ({ ...node, directives: [...(node.directives ?? []), ...added] }),
  });
  const { definitions } = parse(DEFINITION, { noLocation: true });
  return { ...linked, definitions: [...linked.definitions, ...definitions] };
}
