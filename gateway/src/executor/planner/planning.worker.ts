/**
 * The thread that reads supergraphs and plans operations. It does one thing at a time, in the order in which it is asked,
 * and knows nothing that it could not be told again: whoever asks may end it at any moment.
 */
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { type DocumentNode, type GraphQLSchema, Kind, parse, print, printSchema, validate } from 'graphql';
import { OperationStore } from '../operation-store.ts';
import { type LoadedSupergraph, readSupergraph } from '../supergraph/supergraph.ts';
import {
  failureOf,
  type PlannedOutcome,
  type PlanningAnswers,
  type PlanningReply,
  type PlanningRequest,
} from './planning-protocol.ts';
import { keyOf, type PlanRequest } from './plans-at-hand.ts';

/** Characters; to be read in about a millisecond. */
const PIECE = 16_384;
/** Operations of a graph that are remembered to have been planned ahead. */
const MAX_AHEAD = 100;

if (parentPort === null) throw new Error('planning.worker.ts is a worker thread');
const port = parentPort;

type AskedRequest = Exclude<PlanningRequest, { kind: 'release' }>;

interface Graph {
  readonly supergraph: LoadedSupergraph;
  /** What is planned ahead: one operation may be in use, and expected as well. */
  readonly ahead: OperationStore;
  /** By the request at hand. */
  readonly made: { key: string; outcome: PlannedOutcome }[];
}

const graphs = new Map<number, Graph>();

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
    setPriority(Number(thread), constants.priority.PRIORITY_BELOW_NORMAL);
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
    case 'load': {
      const { supergraph, facts } = readSupergraph(request.sdl, request, request.closely);
      graphs.set(request.graph, graphOf(supergraph));
      return { apiSdl: inPieces(supergraph.apiSchema), facts };
    }
    case 'plan':
      return outcome(() =>
        graph(request.graph).supergraph.plan(read(request.text), request.operationName, request.overrides),
      );
    case 'plan ahead':
      return planAhead(graph(request.graph), request);
    case 'check':
      return problemOf(graph(request.graph).supergraph, read(request.text))?.message;
  }
}

/** Goes the way that the other thread will go, and notes which plans it comes to need on it. */
function planAhead({ supergraph, ahead, made }: Graph, request: PlanRequest): PlanningAnswers['plan ahead'] {
  const document = read(request.text);
  const problem = problemOf(supergraph, document);
  if (problem !== undefined) throw problem;
  made.length = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    if (definition.name?.value !== request.operationName) continue;
    ahead.planned(document, definition, undefined, request.overrides).prepare();
  }
  return made;
}

function graphOf(supergraph: LoadedSupergraph): Graph {
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
  return { supergraph, made, ahead: new OperationStore(noting, MAX_AHEAD) };
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
