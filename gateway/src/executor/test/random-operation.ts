/** Operations as no person would write them: aliases that collide, fragments in fragments, conditions everywhere. */
import {
  doTypesOverlap,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  OperationTypeNode,
  parse,
  validate,
} from 'graphql';

/** A whole number from 0 up to, but not including, `below`. */
export type Pick = (below: number) => number;

export interface RandomOperation {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const DIRECTIVES = [
  '@include(if: $yes)',
  '@skip(if: $yes)',
  '@include(if: $no)',
  '@skip(if: $no)',
  '@skip(if: false)',
];
/** Most of them mean something; most of what is deferred comes with the first part all the same, fetched already. */
const DEFERS = ['@defer', '@defer', '@defer(label: "later")', '@defer(if: $yes)', '@defer(if: $no)', ''];
const VARIABLES: Readonly<Record<string, string>> = {
  yes: 'Boolean!',
  no: 'Boolean! = false',
  one: 'Int',
  text: 'ID!',
};
/** As clients write them, and what they mean. */
const STRINGS: readonly (readonly [string, string])[] = [
  ['""', ''],
  ['"a \\"b\\"\\n\\\\c"', 'a "b"\n\\c'],
  ['"""é # } $yes"""', 'é # } $yes'],
  ['"\\u2603"', '\u2603'],
];
const MAX_DEPTH = 5;

export interface RandomOptions {
  readonly ids: readonly string[];
  readonly aliases: readonly string[];
  /** Fragments may be deferred. Default: none is. */
  readonly defers?: boolean;
  /** Default: a query. */
  readonly kind?: OperationTypeNode;
}

/** @param aliases names that clients like to use, among them names of keys. @returns a valid operation. */
export function randomOperation(schema: GraphQLSchema, pick: Pick, options: RandomOptions): RandomOperation {
  const { kind = OperationTypeNode.QUERY } = options;
  const root = schema.getRootType(kind) as GraphQLCompositeType;
  for (let attempt = 0; ; attempt++) {
    const writer = new Writer(schema, pick, options);
    const body =
      kind === OperationTypeNode.SUBSCRIPTION ? writer.singleField(root) : writer.selectionSet(root, 0);
    const rest = `${body}\n${writer.fragments.join('\n')}`;
    const used = Object.keys(VARIABLES).filter((name) => new RegExp(`\\$${name}\\b`).test(rest));
    const declared = [...used.map((name) => `$${name}: ${VARIABLES[name]}`), ...writer.declarations];
    const header = declared.join(', ');
    const text = `${kind} Random${header === '' ? '' : `(${header})`} ${rest}`;
    // Most operations have no merging conflicts; one that has is tried again.
    const problems = validate(schema, parse(text));
    if (problems.length === 0 || attempt > 50) {
      return problems.length === 0
        ? { text, variables: { yes: true, one: 1, text: options.ids[0], ...writer.values } }
        : { text: '{ __typename }', variables: {} };
    }
  }
}

class Writer {
  readonly fragments: string[] = [];
  /** Of variables that stand for whole arguments, and their values; some have a default alone. */
  readonly declarations: string[] = [];
  readonly values: Record<string, unknown> = {};
  readonly #schema: GraphQLSchema;
  readonly #pick: Pick;
  readonly #ids: readonly string[];
  readonly #aliases: readonly string[];

  readonly #defers: boolean;

  constructor(schema: GraphQLSchema, pick: Pick, options: RandomOptions) {
    this.#schema = schema;
    this.#pick = pick;
    this.#ids = options.ids;
    this.#aliases = options.aliases;
    this.#defers = options.defers ?? false;
  }

  selectionSet(type: GraphQLCompositeType, depth: number): string {
    const selections: string[] = [];
    const count = 1 + this.#pick(depth === 0 ? 3 : 4);
    for (let i = 0; i < count; i++) selections.push(this.#selection(type, depth));
    const present = selections.filter((selection) => selection !== '');
    return `{ ${present.length === 0 ? '__typename' : present.join(' ')} }`;
  }

  /** All that a subscription may have at its root: conditions there decide whether there is an event at all. */
  singleField(type: GraphQLCompositeType): string {
    return `{ ${this.#field(type, 0, false)} }`;
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const kind = this.#pick(12);
    if (kind === 0) return `${this.#alias()}__typename${this.#directive()}`;
    if ((kind < 4 || isUnionType(type)) && depth < MAX_DEPTH + 3) return this.#fragment(type, depth);
    return this.#field(type, depth);
  }

  #field(type: GraphQLCompositeType, depth: number, isConditional = true): string {
    if (isUnionType(type)) return '';
    const fields = Object.values(type.getFields());
    const leaves = fields.filter((field) => !isCompositeType(getNamedType(field.type)));
    const from = depth >= MAX_DEPTH ? leaves : fields;
    const field = from[this.#pick(Math.max(1, from.length))];
    if (field === undefined) return '__typename';
    const given = field.args.filter((argument) => isRequiredArgument(argument) || this.#pick(2) === 0);
    const text = given.map((argument) => `${argument.name}: ${this.#value(argument)}`).join(', ');
    const below = getNamedType(field.type);
    return [
      this.#alias(),
      field.name,
      text === '' ? '' : `(${text})`,
      isConditional ? this.#directive() : '',
      isCompositeType(below) ? ` ${this.selectionSet(below, depth + 1)}` : '',
    ].join('');
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const narrower: readonly GraphQLCompositeType[] = isAbstractType(type)
      ? this.#schema.getPossibleTypes(type)
      : type.getInterfaces();
    // Now and then any type that an object of this one may be of, whatever the subgraph that has the object knows of it.
    const isFree = this.#pick(4) === 0;
    const candidates = isFree ? this.#overlapping(type) : [type, ...narrower];
    const on = candidates[this.#pick(candidates.length)] as GraphQLCompositeType;
    const body = this.selectionSet(on, depth + 1);
    if (this.#pick(4) > 0)
      return `...${this.#pick(3) === 0 && on === type ? '' : ` on ${on.name}`}${this.#directive()}${this.#defer()} ${body}`;
    const name = `F${this.fragments.length}_${depth}_${this.#pick(1_000_000)}`;
    this.fragments.push(`fragment ${name} on ${on.name} ${body}`);
    return `...${name}${this.#directive()}${this.#defer()}`;
  }

  #overlapping(type: GraphQLCompositeType): readonly GraphQLCompositeType[] {
    return Object.values(this.#schema.getTypeMap()).filter(
      (other): other is GraphQLCompositeType =>
        isCompositeType(other) && !other.name.startsWith('__') && doTypesOverlap(this.#schema, type, other),
    );
  }

  #alias(): string {
    return this.#pick(4) === 0 ? `${this.#aliases[this.#pick(this.#aliases.length)]}: ` : '';
  }

  #directive(): string {
    const chosen = DIRECTIVES[this.#pick(12)];
    return chosen === undefined ? '' : ` ${chosen}`;
  }

  #defer(): string {
    return this.#defers ? ` ${DEFERS[this.#pick(DEFERS.length)]}` : '';
  }

  #value(argument: GraphQLArgument): string {
    if (!isNonNullType(argument.type) && this.#pick(3) === 0 && getNamedType(argument.type).name === 'Int') {
      return '$one';
    }
    if (this.#pick(4) === 0) return this.#variable(argument.type);
    return this.#literal(argument.type);
  }

  #variable(type: GraphQLInputType): string {
    const name = `given${this.declarations.length}`;
    const isDefault = this.#pick(3) === 0;
    // No variables within the value of one.
    const [literal, value] = this.#constant(type);
    this.declarations.push(`$${name}: ${type}${isDefault ? ` = ${literal}` : ''}`);
    // With a default and without one: a null, which is not as if nothing were given, and nothing.
    const isNothing = !isNonNullType(type) && this.#pick(4) === 0;
    if (isNothing && this.#pick(2) === 0) this.values[name] = null;
    else if (!isNothing && !isDefault) this.values[name] = value;
    return `$${name}`;
  }

  /** @returns a literal, and the same as JSON. */
  #constant(type: GraphQLInputType): readonly [string, unknown] {
    if (isNonNullType(type)) return this.#constant(type.ofType);
    if (isListType(type)) {
      const items = Array.from({ length: this.#pick(3) }, () => this.#constant(type.ofType));
      return [`[${items.map(([text]) => text).join(', ')}]`, items.map(([, value]) => value)];
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields())
        .filter((field) => isRequiredInputField(field) || this.#pick(2) === 0)
        .map((field) => [field.name, this.#constant(field.type)] as const);
      const text = fields.map(([name, [literal]]) => `${name}: ${literal}`).join(', ');
      return [`{ ${text} }`, Object.fromEntries(fields.map(([name, [, value]]) => [name, value]))];
    }
    if (isEnumType(type)) {
      const values = type.getValues();
      const name = values[this.#pick(values.length)]?.name ?? 'null';
      return [name, name];
    }
    if (type.name === 'ID') {
      const id = this.#ids[this.#pick(this.#ids.length)] as string;
      return [JSON.stringify(id), id];
    }
    if (type.name === 'Boolean') return ['false', false];
    if (type.name === 'String') return STRINGS[this.#pick(STRINGS.length)] as readonly [string, string];
    const number = this.#pick(4);
    return [String(number), number];
  }

  #literal(type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#literal(type.ofType);
    if (isListType(type)) {
      const items = Array.from({ length: this.#pick(3) }, () => this.#literal(type.ofType));
      return `[${items.join(', ')}]`;
    }
    if (isInputObjectType(type)) {
      const given = Object.values(type.getFields()).filter(
        (field) => isRequiredInputField(field) || this.#pick(2) === 0,
      );
      return `{ ${given.map((field) => `${field.name}: ${this.#literal(field.type)}`).join(', ')} }`;
    }
    if (isEnumType(type)) {
      const values = type.getValues();
      return values[this.#pick(values.length)]?.name ?? 'null';
    }
    if (type.name === 'ID') {
      return this.#pick(4) === 0 ? '$text' : JSON.stringify(this.#ids[this.#pick(this.#ids.length)]);
    }
    if (type.name === 'Boolean') return this.#pick(2) === 0 ? '$yes' : 'true';
    if (type.name === 'String') return (STRINGS[this.#pick(STRINGS.length)] as readonly [string, string])[0];
    return String(this.#pick(4));
  }
}
