import type { User } from './user.ts';

/** What one authenticator says of a request or a token. */
export type Authentication =
  | { readonly kind: 'user'; readonly user: User; readonly annotations?: Readonly<Record<string, string>> }
  /** Nothing of its kind was shown. */
  | { readonly kind: 'none' }
  /** Shown and refused; each text as the server logs it. */
  | { readonly kind: 'error'; readonly messages: readonly string[] }
  /** Only somebody else can tell: a webhook, an issuer that was not asked. */
  | { readonly kind: 'unknown'; readonly why: string };

export const nothingShown: Authentication = { kind: 'none' };

export function refused(message: string): Authentication {
  return { kind: 'error', messages: [message] };
}

/**
 * Asks several in order until one lets in; errors are gathered, each text once (k8s.io/apiserver pkg/authentication/request/union,
 * token/union). Where one before could not tell, the whole cannot: it might have let in somebody else.
 */
export function firstOf(asked: Iterable<() => Authentication>): Authentication {
  const messages: string[] = [];
  let unknown: Authentication | undefined;
  for (const ask of asked) {
    const answer = ask();
    if (answer.kind === 'user') return unknown ?? answer;
    if (answer.kind === 'unknown') unknown ??= answer;
    if (answer.kind === 'error') for (const message of answer.messages) if (!messages.includes(message)) messages.push(message);
  }
  if (unknown !== undefined) return unknown;
  return messages.length === 0 ? nothingShown : { kind: 'error', messages };
}

/** Several messages as Go's aggregate prints them. */
export function printedError(messages: readonly string[]): string {
  return messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`;
}
