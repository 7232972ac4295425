/**
 * Compiles an operation into a function that makes the client's answer from the merged data of the subgraphs: the
 * selected fields in the order of the document, types and nulls as the API schema promises them. Everything that
 * depends on the document alone is worked out once, per type when an object of that type first comes by; a
 * request only reads, checks and copies.
 */
import { objectPlan, type ShapeOptions } from './compiled-object.ts';
import type { Data, ShapedResult } from './object-plan.ts';
import { shapeObject } from './shaped-object.ts';

export type { ShapeOptions } from './compiled-object.ts';
export type { DeferredPlace, ShapedResult } from './object-plan.ts';

/** @param introspection answers of `__schema` and `__type` by response name. */
export type Shape = (data: Data, introspection: Data) => ShapedResult;

export function compileShape(options: ShapeOptions): Shape {
  const root = objectPlan(options, options.rootType, [options.selectionSet]);
  return (data, introspection) => shapeObject(root, data, [], introspection);
}
