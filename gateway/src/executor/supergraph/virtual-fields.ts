/**
 * `@requires` with arguments. The query planner knows required fields by name alone: where two fields require
 * `price(currency: "USD")` and `price(currency: "EUR")`, or a client asks for a third currency beside them, one
 * selection takes the place of the other and the subgraph computes with the wrong value.
 *
 * For the planner each such selection becomes a field of its own without arguments (`price__required_0`), declared
 * wherever the real one is. What is planned with it is translated back before it is sent: `price__required_0:
 * price(currency: "USD")` to the subgraph that resolves it, `price` in the representation for the one that
 * requires it. Clients never see these fields; the API schema is built from the supergraph as it was.
 */
import {
  type ArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  type TypeNode,
  visit,
} from 'graphql';
import { graphNames, graphOf, requiresOf } from './join-directives.ts';

export interface VirtualField {
  /** The real field. */
  readonly name: string;
  readonly arguments: readonly ArgumentNode[];
}

export interface VirtualFields {
  /** By virtual name. */
  readonly byName: ReadonlyMap<string, VirtualField>;
  /** Virtual names that `type.field` requires in the subgraph; empty for most. */
  requiredBy(subgraph: string, type: string, field: string): ReadonlySet<string>;
}

export interface VirtualFieldFacts {
  /** By virtual name. */
  readonly byName: ReadonlyMap<string, VirtualField>;
  /** Virtual names by `graph type.field`, by values of `join__Graph`. */
  readonly required: ReadonlyMap<string, ReadonlySet<string>>;
  /** Values of `join__Graph` by subgraph. */
  readonly graphs: ReadonlyMap<string, string>;
}

export interface PlannedDocument {
  /** The supergraph to plan with; the same object where nothing requires arguments. */
  readonly document: DocumentNode;
  readonly facts: VirtualFieldFacts;
}

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

const NONE: ReadonlySet<string> = new Set();

export function virtualFields({ byName, required, graphs }: VirtualFieldFacts): VirtualFields {
  return {
    byName,
    requiredBy: (subgraph, type, field) => required.get(`${graphs.get(subgraph)} ${type}.${field}`) ?? NONE,
  };
}

export function withVirtualRequirements(supergraph: DocumentNode): PlannedDocument {
  const withArguments = fieldsWithArguments(supergraph);
  if (withArguments.size === 0) {
    return {
      document: supergraph,
      facts: { byName: new Map(), required: new Map(), graphs: new Map() },
    };
  }
  const types = new Map<string, Composite>();
  for (const definition of supergraph.definitions) {
    if (
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION
    ) {
      types.set(definition.name.value, definition);
    }
  }
  const names = new VirtualNames(types, withArguments);
  const required = new Map<string, ReadonlySet<string>>();
  const renamed = visit(supergraph, {
    FieldDefinition: {
      enter(field, _key, _parent, _path, ancestors) {
        const owner = ancestors.at(-1) as Composite;
        if (!types.has(owner?.name?.value ?? '')) return undefined;
        const directives = field.directives?.map((directive) => {
          const used = new Set<string>();
          const translated = translateRequires(directive, (set) =>
            names.translate(owner.name.value, set, used),
          );
          if (used.size > 0) {
            required.set(`${graphOf(directive)} ${owner.name.value}.${field.name.value}`, used);
          }
          return translated;
        });
        return directives?.some((directive, index) => directive !== field.directives?.[index])
          ? { ...field, directives }
          : undefined;
      },
    },
  });
  return {
    document: withVirtualFields(renamed, names.declared),
    facts: { byName: names.byName, required, graphs: graphNames(supergraph) },
  };
}

class VirtualNames {
  readonly byName = new Map<string, VirtualField>();
  /** Virtual names by type and real field, for the declarations. */
  readonly declared = new Map<string, Map<string, string>>();
  readonly #names = new Map<string, string>();
  readonly #types: ReadonlyMap<string, Composite>;
  readonly #withArguments: ReadonlySet<string>;

  /** @param withArguments names of fields that something requires with arguments. */
  constructor(types: ReadonlyMap<string, Composite>, withArguments: ReadonlySet<string>) {
    this.#types = types;
    this.#withArguments = withArguments;
  }

  translate(typeName: string, set: SelectionSetNode, used: Set<string>): SelectionSetNode {
    const type = this.#types.get(typeName);
    return {
      ...set,
      selections: set.selections.map((selection) => {
        if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
        if (selection.kind === Kind.INLINE_FRAGMENT) {
          const on = selection.typeCondition?.name.value ?? typeName;
          return { ...selection, selectionSet: this.translate(on, selection.selectionSet, used) };
        }
        const fieldType = type?.fields?.find(({ name }) => name.value === selection.name.value)?.type;
        const below =
          selection.selectionSet === undefined || fieldType === undefined
            ? selection
            : {
                ...selection,
                selectionSet: this.translate(typeNameOf(fieldType), selection.selectionSet, used),
              };
        // Also where it has none: elsewhere the same field is required with some.
        return this.#withArguments.has(below.name.value)
          ? this.#virtual(typeName, below, below.arguments ?? [], used)
          : below;
      }),
    };
  }

  #virtual(type: string, field: FieldNode, given: readonly ArgumentNode[], used: Set<string>): FieldNode {
    const real = field.name.value;
    const sorted = [...given].sort((a, b) => (a.name.value < b.name.value ? -1 : 1));
    const key = `${real}(${sorted.map(print).join(',')})`;
    const name = this.#names.get(key) ?? `${real}__required_${this.#names.size}`;
    this.#names.set(key, name);
    this.byName.set(name, { name: real, arguments: sorted });
    used.add(name);
    for (const owner of this.#family(type, real)) {
      const declared = this.declared.get(owner) ?? new Map<string, string>();
      declared.set(name, real);
      this.declared.set(owner, declared);
    }
    return { ...field, name: { kind: Kind.NAME, value: name }, arguments: [] };
  }

  /** The type, what it implements and what implements it: an interface's field must be on all of them. */
  #family(type: string, field: string): Set<string> {
    const family = new Set([type]);
    for (let before = 0; before !== family.size; ) {
      before = family.size;
      for (const [name, definition] of this.#types) {
        if (!definition.fields?.some((own) => own.name.value === field)) continue;
        for (const { name: implemented } of definition.interfaces ?? []) {
          const declares = this.#types
            .get(implemented.value)
            ?.fields?.some((own) => own.name.value === field);
          if (family.has(implemented.value)) family.add(name);
          else if (family.has(name) && declares) family.add(implemented.value);
        }
      }
    }
    return family;
  }
}

function fieldsWithArguments(supergraph: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(supergraph, {
    Directive(directive) {
      const text = requiresOf(directive)?.value;
      // Almost no requirement has arguments.
      if (text?.kind !== Kind.STRING || !text.value.includes('(')) return;
      visit(parse(`{${text.value}}`, { noLocation: true }), {
        Field(field) {
          if (field.arguments !== undefined && field.arguments.length > 0) names.add(field.name.value);
        },
      });
    },
  });
  return names;
}

function translateRequires(
  directive: ConstDirectiveNode,
  translate: (set: SelectionSetNode) => SelectionSetNode,
): ConstDirectiveNode {
  const requires = requiresOf(directive);
  if (requires?.value.kind !== Kind.STRING) return directive;
  const operation = parse(`{${requires.value.value}}`, { noLocation: true }).definitions[0];
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return directive;
  const text = print(translate(operation.selectionSet)).slice(1, -1).trim();
  const value = { kind: Kind.STRING as const, value: text };
  return {
    ...directive,
    arguments: directive.arguments?.map((argument) =>
      argument === requires ? { ...argument, value } : argument,
    ),
  };
}

/** Each virtual field is resolved where the real one is, under the same conditions. */
function withVirtualFields(
  supergraph: DocumentNode,
  declared: ReadonlyMap<string, ReadonlyMap<string, string>>,
): DocumentNode {
  const extend = <T extends Composite>(type: T): T | undefined => {
    const virtual = declared.get(type.name.value);
    if (virtual === undefined) return undefined;
    const added = [...virtual].flatMap(([name, real]) => {
      const field = type.fields?.find((own) => own.name.value === real);
      return field === undefined ? [] : [virtualDeclaration(field, name)];
    });
    return { ...type, fields: [...(type.fields ?? []), ...added] };
  };
  return visit(supergraph, {
    ObjectTypeDefinition: { leave: extend },
    InterfaceTypeDefinition: { leave: extend },
  });
}

function virtualDeclaration(field: FieldDefinitionNode, name: string): FieldDefinitionNode {
  return {
    kind: Kind.FIELD_DEFINITION,
    name: { kind: Kind.NAME, value: name },
    type: field.type,
    directives: field.directives?.filter((directive) => directive.name.value === 'join__field') ?? [],
  };
}

function typeNameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : typeNameOf(type.type);
}
