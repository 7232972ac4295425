/** Changes of supergraphs as platform teams make them, drawn: what compositions of changed subgraphs would be. */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type TypeDefinitionNode,
  visit,
} from 'graphql';
import { graphOf } from '../supergraph/join-directives.ts';

/** @returns a number from 0 to below the given one. */
type Pick = (below: number) => number;
type Change = (supergraph: DocumentNode, pick: Pick) => DocumentNode;

const CHANGES: readonly Change[] = [
  withAnotherField,
  withAnotherEnumValue,
  withAnotherMember,
  withAnotherObject,
  withAnotherInterface,
];

/** @param supergraph without locations. @returns the same where there is nothing to change in the drawn way. */
export function randomChange(supergraph: DocumentNode, pick: Pick): DocumentNode {
  return CHANGES[pick(CHANGES.length)]!(supergraph, pick);
}

const isOfSubgraphs = ({ directives }: { readonly directives?: readonly ConstDirectiveNode[] | undefined }) =>
  directives?.some(({ name }) => name.value === 'join__type') ?? false;

function graphsOf({ directives = [] }: { readonly directives?: readonly ConstDirectiveNode[] | undefined }) {
  return directives.flatMap((directive) =>
    directive.name.value === 'join__type' ? [graphOf(directive)] : [],
  );
}

function typesOf<K extends TypeDefinitionNode['kind']>({ definitions }: DocumentNode, kind: K) {
  return definitions.filter(
    (definition): definition is Extract<TypeDefinitionNode, { kind: K }> =>
      definition.kind === kind && 'directives' in definition && isOfSubgraphs(definition),
  );
}

/** In its place: types in another order are planned in another order. */
function replaced(
  supergraph: DocumentNode,
  old: DefinitionNode | undefined,
  ...next: DefinitionNode[]
): DocumentNode {
  const { definitions } = supergraph;
  const index = old === undefined ? definitions.length : definitions.indexOf(old);
  const [changed, ...added] = next as [DefinitionNode, ...DefinitionNode[]];
  return {
    ...supergraph,
    definitions: [...definitions.slice(0, index), changed, ...definitions.slice(index + 1), ...added],
  };
}

const definition = (text: string) => parse(text, { noLocation: true }).definitions[0]!;

/** One value more, or one less. */
function withAnotherEnumValue(supergraph: DocumentNode, pick: Pick): DocumentNode {
  const enums = typesOf(supergraph, Kind.ENUM_TYPE_DEFINITION);
  const type = enums[pick(enums.length)];
  if (type?.values === undefined) return supergraph;
  const graph = graphsOf(type)[0]!;
  const { values: [added] = [] } = definition(
    `enum E { EXTRA @join__enumValue(graph: ${graph}) }`,
  ) as typeof type;
  const values = pick(2) === 0 && type.values.length > 1 ? type.values.slice(1) : [...type.values, added!];
  return replaced(supergraph, type, { ...type, values });
}

/** One object more, or one less. */
function withAnotherMember(supergraph: DocumentNode, pick: Pick): DocumentNode {
  const unions = typesOf(supergraph, Kind.UNION_TYPE_DEFINITION);
  const type = unions[pick(unions.length)];
  if (type?.types === undefined) return supergraph;
  if (pick(2) === 0 && type.types.length > 1) {
    const [gone, ...types] = type.types;
    const directives = type.directives?.filter(
      (each) => !print(each).includes(`member: "${gone!.name.value}"`),
    );
    return replaced(supergraph, type, { ...type, types, directives });
  }
  const graph = graphsOf(type)[0]!;
  const member = definition(
    `union U @join__unionMember(graph: ${graph}, member: "Extra") = Extra`,
  ) as typeof type;
  return replaced(
    supergraph,
    type,
    {
      ...type,
      types: [...type.types, ...member.types!],
      directives: [...type.directives!, ...member.directives!],
    },
    definition(`type Extra @join__type(graph: ${graph}) { id: ID! name: String }`),
  );
}

/** One that implements an interface. */
function withAnotherObject(supergraph: DocumentNode, pick: Pick): DocumentNode {
  const interfaces = typesOf(supergraph, Kind.INTERFACE_TYPE_DEFINITION);
  const type = interfaces[pick(interfaces.length)];
  if (type === undefined) return supergraph;
  const graphs = graphsOf(type);
  const implemented = [type.name.value, ...(type.interfaces ?? []).map(({ name }) => name.value)];
  const extra = definition(
    `type Extra implements ${implemented.join(' & ')} ${graphs
      .flatMap((graph) => [
        `@join__type(graph: ${graph})`,
        ...implemented.map((name) => `@join__implements(graph: ${graph}, interface: "${name}")`),
      ])
      .join(' ')} { id: ID! }`,
  ) as ObjectTypeDefinitionNode;
  const fields = type.fields?.map((field) => ({ ...field, directives: [] })) ?? [];
  return replaced(supergraph, undefined, { ...extra, fields });
}

/** One that an object implements from now on. */
function withAnotherInterface(supergraph: DocumentNode, pick: Pick): DocumentNode {
  const types = typesOf(supergraph, Kind.OBJECT_TYPE_DEFINITION);
  const type = types[pick(types.length)];
  const fields =
    type?.fields?.filter((each) => /^(Int|Float|String|ID|Boolean)\b/.test(print(each.type))) ?? [];
  const field = fields[pick(fields.length)];
  if (type === undefined || field === undefined) return supergraph;
  const graph = field.directives?.map(graphOf).find((each) => each !== '') ?? graphsOf(type)[0];
  const extra = definition(
    `interface Extra @join__type(graph: ${graph}) { a: Int }`,
  ) as InterfaceTypeDefinitionNode;
  const implementing = definition(
    `type T implements Extra @join__implements(graph: ${graph}, interface: "Extra") { a: Int }`,
  ) as ObjectTypeDefinitionNode;
  return replaced(
    supergraph,
    type,
    {
      ...type,
      interfaces: [...(type.interfaces ?? []), ...implementing.interfaces!],
      directives: [...type.directives!, ...implementing.directives!],
    },
    { ...extra, fields: [{ ...field, directives: [] }] },
  );
}

/** A field more on some type, or one less that nothing hangs on. */
function withAnotherField(supergraph: DocumentNode, pick: (below: number) => number): DocumentNode {
  const types = supergraph.definitions.filter(
    (definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION &&
      definition.directives?.some(({ name }) => name.value === 'join__type'),
  );
  const type = types[pick(types.length)];
  if (type?.kind !== Kind.OBJECT_TYPE_DEFINITION || type.fields === undefined) return supergraph;
  const graphs = type.directives?.flatMap((directive) =>
    directive.arguments?.flatMap(({ value }) => (value.kind === Kind.ENUM ? [value.value] : [])),
  );
  const graph = graphs?.[pick(graphs.length)];
  // What an interface has, its types have to have.
  const mayLose = type.fields.length > 1 && !type.interfaces?.length;
  const gone = mayLose && pick(2) === 0 ? type.fields[pick(type.fields.length)] : undefined;
  const [added] = (
    parse(`type T { extra${pick(3)}(a: Int): Int @join__field(graph: ${graph}) }`, { noLocation: true })
      .definitions[0] as typeof type
  ).fields!;
  return visit(supergraph, {
    ObjectTypeDefinition(node) {
      if (node !== type) return undefined;
      const fields = gone ? node.fields?.filter((field) => field !== gone) : [...(node.fields ?? []), added!];
      return { ...node, fields };
    },
  });
}
