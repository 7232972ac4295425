/**
 * Per-field authorization, between validation and planning: judges what of an operation a request may not read,
 * and says so to the client. Which fields those are follows from the supergraph (`access-rules.ts`); that they are
 * neither fetched nor shown is the executor's part.
 */
import { type Logger, MarqueeError } from '@marquee/service-kit';
import { type DocumentNode, GraphQLError, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { AccessControl, AccessDecision, JudgedRequest } from '../executor/access-control.ts';
import { isIncluded } from '../executor/planning/conditions.ts';
import { LeastRecentlyUsed } from '../executor/planning/least-recently-used.ts';
import { supergraphDocument } from '../executor/supergraph/supergraph-document.ts';
import type { IdentifiedViewer } from '../identity/claims.ts';
import { type AccessRules, accessRules } from './access-rules.ts';
import { type AuthorizationOptions, DEFAULT_AUTHORIZATION } from './authorization-options.ts';
import { type Clause, isMet } from './clause.ts';
import { grantsOf, type PolicyEvaluator, policiesByClaims } from './grants.ts';
import { type RestrictedField, type RestrictedFields, restrictedFields } from './restricted-fields.ts';

/** Operations whose restricted fields are remembered, per supergraph. */
const MAX_OPERATIONS = 1_000;
const MESSAGE = 'Unauthorized field or type';

export interface AuthorizationSettings {
  readonly options?: AuthorizationOptions;
  /** Beside the policies of the options, which are asked first. */
  readonly evaluatePolicy?: PolicyEvaluator;
}

export interface AuthorizationDependencies<Context> extends AuthorizationSettings {
  viewerOf(context: Context): IdentifiedViewer | undefined;
  /** Finds a request in the log. */
  requestIdOf(context: Context): string;
  readonly logger: Logger;
}

/** @returns undefined where it is switched off. */
export function authorization<Context>(
  dependencies: AuthorizationDependencies<Context>,
): AccessControl<Context> | undefined {
  const options = dependencies.options ?? DEFAULT_AUTHORIZATION;
  if (!options.enabled && !options.requireAuthentication) return undefined;
  return (schema, supergraphSdl) => {
    const rules = options.enabled ? accessRules(supergraphDocument(supergraphSdl)) : undefined;
    return new SupergraphAuthorization(dependencies, options, schema, rules);
  };
}

class SupergraphAuthorization<Context> implements ReturnType<AccessControl<Context>> {
  readonly #dependencies: AuthorizationDependencies<Context>;
  readonly #options: AuthorizationOptions;
  readonly #schema: GraphQLSchema;
  readonly #rules: AccessRules | undefined;
  readonly #evaluate: PolicyEvaluator;
  readonly #operations = new LeastRecentlyUsed<string, RestrictedFields>(MAX_OPERATIONS);

  constructor(
    dependencies: AuthorizationDependencies<Context>,
    options: AuthorizationOptions,
    schema: GraphQLSchema,
    rules: AccessRules | undefined,
  ) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#schema = schema;
    this.#rules = rules?.isEmpty ? undefined : rules;
    const byClaims = policiesByClaims(options.policies);
    const { evaluatePolicy } = dependencies;
    this.#evaluate = (name, viewer) => byClaims(name, viewer) || (evaluatePolicy?.(name, viewer) ?? false);
  }

  judge({ documentHash, document, operation, variables, context }: JudgedRequest<Context>): AccessDecision {
    const viewer = this.#dependencies.viewerOf(context);
    if (this.#options.requireAuthentication && viewer === undefined) {
      return { errors: [unauthenticated()], refused: true };
    }
    const { clauses, places } = this.#restricted(documentHash, document, operation);
    if (clauses.length === 0) return {};
    const grants = grantsOf(viewer, this.#evaluate);
    const unmet = clauses.filter((clause) => !isMet(clause, grants));
    if (unmet.length === 0) return {};
    const isUnmet = among(unmet);
    const values = conditionValues(operation, variables);
    const denied = outermost(
      places.filter((place) => isUnmet(place.clauses) && isIncluded(place.conditions, values)),
    );
    this.#log(denied, operation, context);
    const { rejectUnauthorized, dryRun } = this.#options;
    if (dryRun) return this.#told(denied);
    if (rejectUnauthorized && denied.length > 0) {
      return { errors: denied.map((place) => unauthorized(place, viewer !== undefined)), refused: true };
    }
    return {
      ...this.#told(denied),
      denied: {
        key: unmet.map(({ key }) => key).join(' '),
        isDenied: (type, field) => isUnmet(this.#rules?.ruleFor(type, field) ?? []),
      },
    };
  }

  #restricted(hash: string, document: DocumentNode, operation: OperationDefinitionNode): RestrictedFields {
    if (this.#rules === undefined) return NOTHING;
    const key = `${hash} ${operation.name?.value ?? ''}`;
    let restricted = this.#operations.get(key);
    if (restricted === undefined) {
      restricted = restrictedFields(this.#schema, this.#rules, document, operation);
      this.#operations.set(key, restricted);
    }
    return restricted;
  }

  #told(denied: readonly RestrictedField[]): AccessDecision {
    const { response } = this.#options.errors;
    if (denied.length === 0 || response === 'disabled') return {};
    const errors = denied.map((place) => unauthorized(place));
    if (response === 'errors') return { errors };
    return { extensions: { authorizationErrors: errors.map((error) => error.toJSON()) } };
  }

  #log(denied: readonly RestrictedField[], operation: OperationDefinitionNode, context: Context): void {
    if (denied.length === 0 || !this.#options.errors.log) return;
    this.#dependencies.logger.info(
      {
        requestId: this.#dependencies.requestIdOf(context),
        operation: operation.name?.value,
        paths: denied.map(({ path }) => path.join('/')),
        dryRun: this.#options.dryRun,
      },
      'unauthorized fields',
    );
  }
}

const NOTHING: RestrictedFields = { clauses: [], places: [] };

function among(unmet: readonly Clause[]): (clauses: readonly Clause[]) => boolean {
  const keys = new Set(unmet.map(({ key }) => key));
  return (clauses) => clauses.some(({ key }) => keys.has(key));
}

/** What is below a field that is left out is left out with it. */
function outermost(places: readonly RestrictedField[]): readonly RestrictedField[] {
  const kept: RestrictedField[] = [];
  for (const place of places) {
    const isBelow = ({ path }: RestrictedField) =>
      path.length < place.path.length && path.every((part, index) => part === place.path[index]);
    if (!kept.some(isBelow)) kept.push(place);
  }
  return kept;
}

/** Values of the Boolean variables, with defaults; others decide nothing. */
function conditionValues(
  { variableDefinitions }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const defaults = (variableDefinitions ?? []).flatMap(({ variable, defaultValue }): [string, unknown][] =>
    defaultValue?.kind === 'BooleanValue' ? [[variable.name.value, defaultValue.value]] : [],
  );
  return { ...Object.fromEntries(defaults), ...given };
}

/** @param identified given where the whole request is refused: with the right status. */
function unauthorized({ path }: RestrictedField, identified?: boolean): GraphQLError {
  const http = identified === undefined ? {} : { http: { status: identified ? 403 : 401 } };
  return new GraphQLError(MESSAGE, { path, extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', ...http } });
}

function unauthenticated(): GraphQLError {
  const error = new MarqueeError('UNAUTHENTICATED', 'Sign in to use this graph.');
  return new GraphQLError(error.publicMessage, {
    originalError: error,
    extensions: { code: error.code, http: { status: 401 } },
  });
}
