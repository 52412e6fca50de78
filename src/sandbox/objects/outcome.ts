import type { Json } from '../../cluster/json.ts';
import type { SandboxObject } from './object-sets.ts';

/**
 * What the server says to one object. `unknown`: it would have to ask somebody whom the sandbox does not reach (a webhook).
 * `not-served`: this server has no such kind.
 */
export interface Outcome {
  readonly object: SandboxObject;
  readonly kind: 'accepted' | 'refused' | 'unknown' | 'not-served';
  /** The server's own words, where it did not accept. */
  readonly message?: string;
  /** Warnings that came with the answer. */
  readonly warnings: readonly string[];
  /** What of the answer may be compared with another server's; where it was accepted. */
  readonly answer?: Json;
}
