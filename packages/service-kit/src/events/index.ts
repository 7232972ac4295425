/** Answers that come as they happen: how they are paced, written and counted, at the gateway and at subgraphs. */
export { EventFlow, type FlowEnd, type FlowOptions, HEARTBEAT } from './event-flow.ts';
export {
  EVENT_STREAM_TYPE,
  isEventId,
  SSE_COMPLETE,
  SSE_HEARTBEAT,
  sseAnswer,
  sseBeginning,
} from './server-sent-events.ts';
export { StreamCount } from './stream-count.ts';
