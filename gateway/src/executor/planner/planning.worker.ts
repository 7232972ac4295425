/**
 * The thread that reads supergraphs and plans operations. It does one thing at a time, in the order in which it is asked,
 * and knows nothing that it could not be told again: whoever asks may end it at any moment.
 */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  printSchema,
  validate,
} from 'graphql';
import type { ContractFilter } from '../../contracts/contract-filter.ts';
import { type ContractVariant, contractVariant } from '../../contracts/contract-supergraph.ts';
import { OperationStore } from '../operation-store.ts';
import { type LoadedSupergraph, type ReadSupergraph, readSupergraph } from '../supergraph/supergraph.ts';
import { changeBetween } from '../supergraph/supergraph-change.ts';
import { supergraphDocument } from '../supergraph/supergraph-document.ts';
import {
  failureOf,
  type KeyedOutcome,
  type LoadRequest,
  type PlannedOutcome,
  type PlanningAnswers,
  type PlanningReply,
  type PlanningRequest,
  type Reading,
} from './planning-protocol.ts';
import { keyOf } from './plans-at-hand.ts';

/** Characters; to be read in about a millisecond. */
const PIECE = 16_384;
/**
 * A thirtieth of a processor that others ask for all the time: less than what serves notices, and enough that a client whose operation is
 * new has its plan within the time for it.
 */
const GIVEN_WAY = 15;
/** Operations of a graph that are remembered to have been planned ahead. */
const MAX_AHEAD = 100;

if (parentPort === null) throw new Error('planning.worker.ts is a worker thread');
const port = parentPort;

type AskedRequest = Exclude<PlanningRequest, { kind: 'release' }>;

interface Graph {
  readonly supergraph: LoadedSupergraph;
  /** Its text, read: the next one is compared with it. */
  readonly document: DocumentNode;
  /** What is planned ahead: one operation may be in use, and expected as well. */
  readonly ahead: OperationStore;
  /** By the request at hand. */
  readonly made: { key: string; outcome: PlannedOutcome }[];
}

const graphs = new Map<number, Graph>();
/** By contract, as a whole: the variant that was made last. */
const variants = new Map<string, ContractVariant>();
/** By contract: the variant that is to be loaded next. */
const variantsRead = new Map<string, { readonly key: string; readonly read: ReadSupergraph }>();

giveWay();

port.on('message', (request: PlanningRequest) => {
  if (request.kind === 'release') graphs.delete(request.graph);
  else port.postMessage(replyTo(request));
});
port.postMessage(undefined);

/**
 * To threads that serve, on a machine whose processors are all asked for. Not to everybody: one that hardly ever has its turn may hold a
 * lock of the process meanwhile. Where threads have no priorities of their own, or none may be set, it is one like the others.
 */
function giveWay(): void {
  try {
    const [, , thread] = readlinkSync('/proc/thread-self').split('/');
    setPriority(Number(thread), GIVEN_WAY);
  } catch {
    // Only Linux names threads so.
  }
}

function replyTo(request: AskedRequest): PlanningReply {
  try {
    return { answer: answerTo(request) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function answerTo(request: AskedRequest): PlanningAnswers[keyof PlanningAnswers] {
  switch (request.kind) {
    case 'load':
      return load(request);
    case 'plan':
      return outcome(() =>
        graph(request.graph).supergraph.plan(read(request.text), request.operationName, request.overrides),
      );
    case 'plan ahead':
      return planAhead(
        graph(request.graph),
        request,
        (definition) => definition.name?.value === request.operationName,
      );
    case 'plan all':
      // Subscriptions are planned when they begin: their clients wait for events anyway.
      return planAhead(graph(request.graph), request, ({ operation }) => operation !== 'subscription');
    case 'contract':
      return variantOf(request, request.contract);
    case 'check':
      return problemOf(graph(request.graph).supergraph, read(request.text))?.message;
  }
}

function load(request: LoadRequest): PlanningAnswers['load'] {
  const before = request.since === undefined ? undefined : graphs.get(request.since);
  const changeTo = (after: DocumentNode) => before && changeBetween(before.document, after);
  const ready = takeReadVariant(request);
  // What has been checked before need not be read for that.
  if (
    request.isChecked &&
    ready === undefined &&
    changeTo(supergraphDocument(request.sdl))?.isVisible === false
  ) {
    return 'the same';
  }
  const { supergraph, facts, document } = ready ?? readSupergraph(request.sdl, request, request.closely);
  const change = changeTo(document);
  if (change?.isVisible === false) return 'the same';
  graphs.set(request.graph, graphOf(supergraph, document));
  return { apiSdl: inPieces(supergraph.apiSchema), facts, change };
}

/**
 * The text is the one before where a new one would make no difference to the variant's clients. Otherwise it has been read
 * in order to find out whether it makes a graph, and need not be once more when it is loaded.
 */
function variantOf(reading: Reading, contract: ContractFilter): string {
  const key = JSON.stringify(contract);
  // Of a supergraph that was refused, nobody has come for it.
  variantsRead.delete(key);
  const check = (sdl: string) => {
    const made = { ...reading, sdl };
    variantsRead.set(key, { key: keyOfReading(made), read: readSupergraph(sdl, made, true) });
  };
  const variant = contractVariant(reading.sdl, contract, check, variants.get(key));
  variants.set(key, variant);
  return variant.sdl;
}

function takeReadVariant(reading: Reading): ReadSupergraph | undefined {
  const wanted = keyOfReading(reading);
  for (const [contract, { key, read }] of variantsRead) {
    if (key !== wanted) continue;
    variantsRead.delete(contract);
    return read;
  }
  return undefined;
}

function keyOfReading({ sdl, enforcedFeatures, overrideShares }: Reading): string {
  return `${enforcedFeatures.join(' ')}\n${JSON.stringify(overrideShares)}\n${sdl}`;
}

/** Goes the way that the other thread will go, and notes which plans it comes to need on it. */
function planAhead(
  { supergraph, ahead, made }: Graph,
  { text, overrides = [] }: { readonly text: string; readonly overrides?: readonly string[] },
  isWanted: (operation: OperationDefinitionNode) => boolean,
): readonly KeyedOutcome[] {
  const document = read(text);
  const problem = problemOf(supergraph, document);
  if (problem !== undefined) throw problem;
  made.length = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION || !isWanted(definition)) continue;
    ahead.planned(document, definition, undefined, overrides).prepare();
  }
  return made;
}

function graphOf(supergraph: LoadedSupergraph, document: DocumentNode): Graph {
  const made: Graph['made'] = [];
  const noting: LoadedSupergraph = {
    ...supergraph,
    plan(part, operationName, overrides = []) {
      const key = keyOf({ text: print(part), operationName, overrides });
      try {
        const plan = supergraph.plan(part, operationName, overrides);
        made.push({ key, outcome: { plan } });
        return plan;
      } catch (error) {
        made.push({ key, outcome: { failure: failureOf(error) } });
        throw error;
      }
    },
  };
  return { supergraph, document, made, ahead: new OperationStore(noting, MAX_AHEAD) };
}

function outcome(plan: () => Extract<PlannedOutcome, { plan: unknown }>['plan']): PlannedOutcome {
  try {
    return { plan: plan() };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function graph(number: number): Graph {
  const loaded = graphs.get(number);
  if (loaded === undefined) throw new TypeError(`no graph ${number} was loaded`);
  return loaded;
}

function problemOf({ apiSchema }: LoadedSupergraph, document: DocumentNode) {
  return validate(apiSchema, document, undefined, { maxErrors: 1 })[0];
}

function read(text: string): DocumentNode {
  return parse(text, { noLocation: true });
}

function inPieces(schema: GraphQLSchema): readonly string[] {
  const text = printSchema(schema);
  const pieces: string[] = [];
  let begin = 0;
  for (const { loc } of parse(text).definitions) {
    if (loc === undefined || loc.end - begin < PIECE) continue;
    pieces.push(text.slice(begin, loc.end));
    begin = loc.end;
  }
  if (text.slice(begin).trim() !== '') pieces.push(text.slice(begin));
  return pieces;
}
