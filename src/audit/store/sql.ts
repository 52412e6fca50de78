/** A text as SQL writes it. Values of questions are parameters; this is for file names and fixed lists alone. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const person = 'STRUCT(username VARCHAR, uid VARCHAR, "groups" VARCHAR[], extra JSON)';

/** Members of an event that are read; others are passed over without being parsed. */
const members = {
  auditID: 'VARCHAR',
  stage: 'VARCHAR',
  level: 'VARCHAR',
  verb: 'VARCHAR',
  requestURI: 'VARCHAR',
  user: person,
  impersonatedUser: person,
  sourceIPs: 'VARCHAR[]',
  userAgent: 'VARCHAR',
  objectRef: 'STRUCT(resource VARCHAR, subresource VARCHAR, namespace VARCHAR, name VARCHAR, apiGroup VARCHAR)',
  responseStatus: 'STRUCT(code INTEGER, message VARCHAR)',
  annotations: 'JSON',
  requestReceivedTimestamp: 'VARCHAR',
  stageTimestamp: 'VARCHAR',
  requestObject: 'JSON',
  responseObject: 'JSON',
} as const;

/** Bytes of an event that the engine takes: it keeps buffers of that size for each thread. Of a longer event the bodies are left out. */
export const longestEvent = 8 * 1024 * 1024;

/**
 * Reads files of one event a line; what is no event is a row without a stage. All members are named whatever is asked for: the engine takes
 * what a query needs, and reads a file with one member alone several times slower.
 */
export function readLines(files: readonly string[]): string {
  const columns = Object.entries(members).map(([name, type]) => `"${name}": ${quoted(type)}`);
  const list = files.map(quoted).join(', ');
  return `read_json([${list}], format = 'newline_delimited', columns = {${columns.join(', ')}}, ignore_errors = true, maximum_object_size = ${longestEvent}, filename = 'source')`;
}

/** Resources whose writes are kept with their bodies; Secrets, tokens and ConfigMaps never are. */
export const keptBodies: readonly string[] = [
  'rbac.authorization.k8s.io/roles',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/clusterrolebindings',
  '/namespaces',
  '/pods',
  '/serviceaccounts',
];

const isWrite = `verb IN ('create', 'update', 'patch', 'delete', 'deletecollection')`;
const group = `coalesce("objectRef".apiGroup, '')`;
const hasBody = `${isWrite} AND coalesce("objectRef".subresource, '') = '' AND ${group} || '/' || "objectRef".resource IN (${keptBodies.map(quoted).join(', ')})`;

/** An event as the store keeps it: one row, flat; texts are never null. */
export const storedColumns: readonly (readonly [name: string, type: string, expression: string])[] = [
  ['audit_id', 'VARCHAR', `coalesce("auditID", '')`],
  ['stage', 'VARCHAR', 'stage'],
  ['level', 'VARCHAR', `coalesce(level, '')`],
  ['verb', 'VARCHAR', `coalesce(verb, '')`],
  ['uri', 'VARCHAR', `coalesce("requestURI", '')`],
  ['username', 'VARCHAR', `coalesce("user".username, '')`],
  ['uid', 'VARCHAR', `coalesce("user".uid, '')`],
  ['groups', 'VARCHAR[]', `coalesce("user"."groups", [])`],
  ['credential', 'VARCHAR', `coalesce("user".extra ->> '$."authentication.kubernetes.io/credential-id"[0]', '')`],
  ['pod', 'VARCHAR', `coalesce("user".extra ->> '$."authentication.kubernetes.io/pod-name"[0]', '')`],
  ['as_username', 'VARCHAR', `coalesce("impersonatedUser".username, '')`],
  ['as_uid', 'VARCHAR', `coalesce("impersonatedUser".uid, '')`],
  ['as_groups', 'VARCHAR[]', `coalesce("impersonatedUser"."groups", [])`],
  ['source_ip', 'VARCHAR', `coalesce("sourceIPs"[-1], '')`],
  ['user_agent', 'VARCHAR', `coalesce("userAgent", '')`],
  ['is_resource', 'BOOLEAN', `"objectRef".resource IS NOT NULL`],
  ['api_group', 'VARCHAR', group],
  ['resource', 'VARCHAR', `coalesce("objectRef".resource, '')`],
  ['subresource', 'VARCHAR', `coalesce("objectRef".subresource, '')`],
  ['namespace', 'VARCHAR', `coalesce("objectRef".namespace, '')`],
  ['name', 'VARCHAR', `coalesce("objectRef".name, '')`],
  ['code', 'INTEGER', `coalesce("responseStatus".code, 0)`],
  ['refusal', 'VARCHAR', `CASE WHEN "responseStatus".code IN (401, 403) THEN coalesce("responseStatus".message, '') ELSE '' END`],
  ['field_selector', 'VARCHAR', `regexp_extract(coalesce("requestURI", ''), '[?&]fieldSelector=([^&]*)', 1)`],
  ['truncated', 'BOOLEAN', `coalesce(annotations LIKE '%"audit.k8s.io/truncated"%', false)`],
  ['decision', 'VARCHAR', `coalesce(annotations ->> '$."authorization.k8s.io/decision"', '')`],
  ['reason', 'VARCHAR', `coalesce(annotations ->> '$."authorization.k8s.io/reason"', '')`],
  ['received', 'TIMESTAMP', `try_cast(coalesce("requestReceivedTimestamp", "stageTimestamp") AS TIMESTAMPTZ) AT TIME ZONE 'UTC'`],
  ['time', 'TIMESTAMP', `try_cast(coalesce("stageTimestamp", "requestReceivedTimestamp") AS TIMESTAMPTZ) AT TIME ZONE 'UTC'`],
  ['request_body', 'VARCHAR', `CASE WHEN ${hasBody} THEN "requestObject"::VARCHAR END`],
  ['response_body', 'VARCHAR', `CASE WHEN ${hasBody} THEN "responseObject"::VARCHAR END`],
];

/** Events of files as rows of the store. */
export function storedRows(files: readonly string[]): string {
  const select = storedColumns.map(([name, , expression]) => `${expression} AS "${name}"`).join(', ');
  return `SELECT ${select} FROM ${readLines(files)} WHERE stage IS NOT NULL AND stage <> ''`;
}

/** A time as RFC 3339 with microseconds, as events have it. */
export function printedTime(expression: string): string {
  return `coalesce(strftime(${expression}, '%Y-%m-%dT%H:%M:%S.%f') || 'Z', '')`;
}
