/** One training of an installation: begun by the trainer, with the trainer's environment. */
import { createLogger } from '@marquee/service-kit';
import { trainOnRequest } from './child/training-process.ts';
import { loadTrainerConfig } from './config.ts';
import { trainingWorld } from './deps.ts';

await trainOnRequest(() => {
  const config = loadTrainerConfig(process.env);
  return trainingWorld(config, createLogger({ service: 'training', level: config.logLevel }));
});
