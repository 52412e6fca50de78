import type { SourceOptions } from './source-options.ts';

/** Options of `bulwark scan` as the command line gives them. */
export interface ScanOptions extends SourceOptions {
  readonly output: readonly string[];
  readonly settings?: string;
  readonly waivers?: string;
  readonly baseline?: string;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly failOn: string;
  readonly failOnUnknown: boolean;
  readonly explainScore: boolean;
  readonly details: boolean;
  readonly now?: string;
}
