export { createPostgresProfiles, type PostgresProfilesOptions } from './postgres-profiles.ts';
