/**
 * What the tests of several packages need, and nothing else: waiting on a condition, a folder that goes away,
 * sample events, titles and watches. Contract suites stay beside their ports (`@marquee/event-bus/contract`, ...).
 */

export {
  type FinishedProcess,
  type MarqueeArguments,
  type MarqueeProcess,
  runCommand,
  runMarquee,
  startMarquee,
} from './marquee-process.ts';
export { eventOf, SAMPLE_INSTANT, type SampleEnvelope } from './sample-events.ts';
export { sampleTitle, sampleTitles } from './sample-titles.ts';
export { describeOnServer, type ServerProgram } from './server-suites.ts';
export { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
export { waitUntil } from './wait-until.ts';
export { type WatchesByTasteOptions, watchesByTaste } from './watches-by-taste.ts';
