/**
 * Position bias: how likely a viewer is to look at a place on the page that is on their screen, before they
 * judge the title there. Falls geometrically along a row and from row to row.
 */
const ALONG_ROW = 0.92;
const DOWN_PAGE = 0.85;

/** @param row and position count from 0. */
export function examinationProbability(row: number, position: number): number {
  return DOWN_PAGE ** row * ALONG_ROW ** position;
}
