import type { JsonObject } from '../cluster/json.ts';

/** Answer of one engine to one line of `bulwark eval` (shapes: docs/eval.md). */
export type EvalAnswer =
  | { readonly result: JsonObject }
  /** The engine cannot decide: a webhook, an input it lacks. */
  | { readonly unknown: string }
  /** The line is not valid input; `path` names the member. */
  | { readonly error: { readonly message: string; readonly path?: string } };

/** One engine behind `bulwark eval`: `minor` is the Kubernetes minor whose behaviour is asked for (31 for 1.31). Pure. */
export type EvalEngine = (input: JsonObject, minor: number) => EvalAnswer;
