/** A place in the text, counted from 0 as the YAML library counts. */
export interface Mark {
  readonly index: number;
  readonly line: number;
  readonly column: number;
}

/** Kinds of token, as the YAML 1.1 grammar of libyaml names them. */
export type TokenKind =
  | 'stream-start'
  | 'stream-end'
  | 'version-directive'
  | 'tag-directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export interface Token {
  readonly kind: TokenKind;
  readonly start: Mark;
  readonly end: Mark;
  /** Scalar text, anchor name, tag handle, `major.minor` of a version directive. */
  readonly value?: string;
  /** Tag suffix, or the prefix of a tag directive. */
  readonly suffix?: string;
  /** Of a scalar: written without quotes and not as a block. */
  readonly plain?: boolean;
}

/** A fault of the text; `message` is the library's, with its `yaml: ` and line prefix. */
export class YamlSyntaxError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(message: string, mark: Mark) {
    super(message);
    this.line = mark.line + 1;
    this.column = mark.column + 1;
  }
}

/** A fault found while scanning: the library names its line counted from 1, and no line when it is the first. */
export function scannerError(problem: string, mark: Mark, contextMark: Mark): YamlSyntaxError {
  const line = mark.line === 0 ? contextMark.line : mark.line + 1;
  return new YamlSyntaxError(`yaml: ${line === 0 ? '' : `line ${line}: `}${problem}`, mark);
}

/** A fault found while parsing: the library names the line counted from 0, so one less than an editor shows. */
export function parserError(problem: string, mark: Mark, contextMark?: Mark): YamlSyntaxError {
  const line = mark.line === 0 ? (contextMark?.line ?? 0) : mark.line;
  return new YamlSyntaxError(`yaml: ${line === 0 ? '' : `line ${line}: `}${problem}`, mark);
}
