import type { Document } from '../document.ts';

/**
 * What became of a configuration file.
 *
 * `refused`: the server would not start with it; `message` is what the server says, to the letter where the rule is known.
 * `reportMessage` is given where `message` repeats key material (the server prints some): reports print it instead. `line` and
 * `column` name the place in the file, where the fault has one. `accepted`: `warnings` says what was not checked.
 */
export type Loaded<T> =
  | { readonly kind: 'accepted'; readonly configuration: T; readonly document: Document; readonly warnings: readonly string[] }
  | {
      readonly kind: 'refused';
      readonly message: string;
      readonly reportMessage?: string;
      readonly line?: number;
      readonly column?: number;
    };

/** The text of a refusal that may be shown to anybody. */
export function shownMessage(refused: { readonly message: string; readonly reportMessage?: string }): string {
  return refused.reportMessage ?? refused.message;
}
