export * from './component.ts';
export * from './config.ts';
export * from './deadline.ts';
export * from './errors.ts';
export * from './http-route.ts';
export * from './logging.ts';
export * from './process.ts';
