export { createSqliteProfiles, type SqliteProfilesOptions } from './sqlite-profiles.ts';
