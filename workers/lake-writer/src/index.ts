export { createLakeWriter, LAKE_WRITER, type LakeWriter, type LakeWriterDeps } from './lake-writer.worker.ts';
