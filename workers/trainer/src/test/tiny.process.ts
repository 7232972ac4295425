/** The training process of the tests. */
import { trainOnRequest } from '../child/training-process.ts';
import { tinyWorld } from './tiny-world.ts';

await trainOnRequest(async () => tinyWorld());
