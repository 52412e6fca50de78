import type { Attributes } from '../../authorization/attributes.ts';

/** The attributes of a request without an object reference: its path, percent-decoded, and its verb. */
export function attributesOfUri(verb: string, path: string): Attributes {
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // As it was sent.
  }
  return { kind: 'nonResource', verb, path: decoded };
}
