/** Something that could not be read, and what would show it. Never counts as absence. */
export interface Gap {
  /** File, API path or host that could not be read; with `:line:column` where the fault has a place. */
  readonly source: string;
  /** What went wrong, in the words of the system that refused: `403 forbidden`, `EACCES`, `broken YAML: …`. */
  readonly reason: string;
  /** What to do about it: the right to grant, the file to add, "render first". */
  readonly hint?: string;
  /** The kind that is therefore not listed, where the gap is a refused or cut-off list. */
  readonly kind?: string;
  readonly line?: number;
  readonly column?: number;
}
