/** Median, fastest and slowest seconds of whole processes, and their largest peak memory. */
export function measure(
  command: string,
  words: readonly string[],
  options?: { readonly runs?: number; readonly timeoutMs?: number; readonly warm?: boolean },
): {
  readonly seconds?: number;
  readonly fastest?: number;
  readonly slowest?: number;
  readonly megabytes?: number;
  readonly code?: number | null;
  readonly timedOut?: number;
};
/** The path of a program on PATH or in Go's folder of programs; `undefined` where it is not installed. */
export function findProgram(name: string): string | undefined;
