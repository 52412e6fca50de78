/** A place in a text; both count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Where a fact was seen, as a person would open it.
 *
 * `source` is a file path as the user gave or would find it (`host/etc/kubernetes/manifests/kube-apiserver.yaml`), or an
 * API path (`/api/v1/namespaces/web/pods/front`). `path` is the field in it, printed by `formatFieldPath`, or a flag.
 */
export interface Place {
  readonly source: string;
  readonly line?: number;
  readonly column?: number;
  readonly path?: string;
}

/** Prints a place as `source:line:column path`, without the parts that are not known. */
export function formatPlace(place: Place): string {
  const position = place.line === undefined ? '' : `:${place.line}${place.column === undefined ? '' : `:${place.column}`}`;
  return `${place.source}${position}${place.path === undefined || place.path === '' ? '' : ` ${place.path}`}`;
}
