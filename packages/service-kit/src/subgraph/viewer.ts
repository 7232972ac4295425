import { MarqueeError } from '../errors.ts';
import type { RequestContext, Viewer } from './index.ts';

/** @throws MarqueeError UNAUTHENTICATED for anonymous requests. */
export function requireViewer(context: RequestContext): Viewer {
  if (context.viewer === undefined) {
    throw new MarqueeError('UNAUTHENTICATED', 'This needs a viewer; send an identity with the request.');
  }
  return context.viewer;
}
