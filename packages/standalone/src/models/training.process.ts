/** The training process of the embedded profile: a world's titles, and the lake that it writes. Its argument is the world's folder. */
import { createLogger } from '@marquee/service-kit';
import { trainOnRequest } from '@marquee/trainer';
import { openWorldForTraining } from '../training-sets/open-world-for-training.ts';

const [folder] = process.argv.slice(2);
await trainOnRequest(() =>
  openWorldForTraining(folder!, createLogger({ service: 'training', level: 'warn' })),
);
