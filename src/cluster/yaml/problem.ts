/** Something wrong with a text, without a word of its values: they may be secrets. */
export interface YamlProblem {
  /**
   * `syntax`: broken; `value`: YAML that JSON cannot hold (a list as key, an infinity), which Kubernetes refuses; `template`: Helm or
   * Jinja, to be rendered first; `duplicate-key`: the last one counts (a strict reader refuses it); `merge-override`: a merged and
   * a written key of one name; `alias-budget`: aliases that unfold to too much. Only the last two of a document keep its value.
   */
  readonly kind: 'syntax' | 'value' | 'template' | 'duplicate-key' | 'merge-override' | 'alias-budget';
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** Of a repeated key: its name, where it stood first, and the line of the value that came later (the line Go's reader names). */
  readonly key?: string;
  readonly first?: { readonly line: number; readonly column: number };
  readonly valueLine?: number;
}

/** Stops the building of one document; the reader of the text turns it into a problem. */
export class DocumentRefused extends Error {
  readonly kind: YamlProblem['kind'];
  readonly line: number;
  readonly column: number;

  /** `line` and `column` count from 1. */
  constructor(kind: YamlProblem['kind'], message: string, position: { readonly line: number; readonly column: number }) {
    super(message);
    this.kind = kind;
    this.line = position.line;
    this.column = position.column;
  }
}
