/** Size and version of content vectors; apart from the code that makes them, which needs them first. */

export const CONTENT_DIMENSIONS = 64;
/** Raised whenever the same title would get another vector; names the index collection. */
export const CONTENT_VECTOR_VERSION = 1;
