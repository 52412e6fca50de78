/**
 * Why a file is refused.
 *
 * `message`: the server's words. `reportMessage`: the same without what it repeats of the file, where that may be a secret.
 * Line and column count from 1.
 */
export interface Fault {
  readonly message: string;
  readonly reportMessage?: string;
  readonly line?: number;
  readonly column?: number;
}

/** Puts the caller's words before a fault, as Go's `%w` wrapping does. */
export function wrapFault(prefix: string, fault: Fault): Fault {
  const { message, reportMessage, line, column } = fault;
  return {
    message: prefix + message,
    ...(reportMessage === undefined ? {} : { reportMessage: prefix + reportMessage }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
}
