const secretName = new RegExp(
  [
    '(?:password|passwd|passphrase|passcode|pwd)$',
    '(?:^|[a-z])token$|token(?:id)?secret$|tokensecretvalue$|^jwt$|^bearer$',
    '(?:api|access|secret|private|shared|encryption|signing|master|licen[sc]e|account|storage|auth|service|certificate|session|hmac|cookie|instrumentation)key$',
    'secretaccesskey$|accesskeysecret$|keydata$',
    '(?:client|shared|app|application|consumer|oauth|webhook|cookie|session|hmac|signing)secret$',
    '(?:connectionstring|connectionuri|databaseurl|databaseuri|dsn)$',
    '^(?:credential|credentials|auth|authorization|dockerconfigjson|dockercfg)$',
    '(?:secret|token|password|credential)value$',
  ].join('|'),
);

/** Names that end like a secret and are none: what they hold is public, or a reference. */
const harmless = new Set([
  'continuetoken',
  'nexttoken',
  'pagetoken',
  'initialclustertoken',
  'authtoken:simple',
  'automountserviceaccounttoken',
  'publicaccesskey',
]);

/**
 * Reports whether a field, annotation or variable of this name holds a secret where its value is text: `clientSecret`, `DB_PASSWORD`,
 * `api-key`, `example.com/token`. Case and the signs `-_.` do not matter; of a name with slashes the last part counts.
 */
export function isSecretName(name: string): boolean {
  const known = answers.get(name);
  if (known !== undefined) return known;
  if (answers.size > 50_000) answers.clear();
  const answer = judge(name);
  answers.set(name, answer);
  return answer;
}

// Manifests repeat the same few hundred names millions of times.
const answers = new Map<string, boolean>();

function judge(name: string): boolean {
  const bare = name
    .slice(name.lastIndexOf('/') + 1)
    .replace(/[-_.\s]/g, '')
    .toLowerCase();
  return secretName.test(bare) && !harmless.has(bare);
}

/** Variables that say how a program runs, not what it may reach: kept, since controls and people read them. */
const operationalVariables =
  /^(?:ETCD_.*|GO(?:MAXPROCS|DEBUG|GC|MEMLIMIT)|TZ|LANG|LOG_?LEVEL|NO_PROXY|no_proxy|KUBERNETES_SERVICE_(?:HOST|PORT)|KUBECONFIG|(?:MY_)?(?:POD|NODE)_?(?:NAME|NAMESPACE|IP)|WATCH_NAMESPACE|OPERATOR_NAME|ENABLE_NETWORK_POLICY|NETWORK_POLICY_ENFORCING_MODE|CALICO_NETWORKING_BACKEND|CALICO_IPV4POOL_(?:CIDR|IPIP|VXLAN)|CLUSTER_TYPE|DATASTORE_TYPE|FELIX_[A-Z0-9]*(?:ENABLED|ACTION|MTU))$/;

/** Reports whether a variable of this name is one of those: its value is kept. */
export function isOperationalVariable(name: string): boolean {
  return operationalVariables.test(name) && !/PASSWORD|SECRET|PASSWD/i.test(name);
}

/** Reports whether a value under a secret's name is plainly none: empty, a boolean, a number with unit, a path, a reference to a variable. */
export function isPlainlyPublic(value: string): boolean {
  if (value === '' || value.startsWith('<redacted:')) return true;
  return (
    /^(?:true|false|null|~)$/i.test(value) ||
    isPath(value) ||
    /^\$[({]?\w+[)}]?$/.test(value) ||
    /^\$\{\{.*\}\}$|^\{\{.*\}\}$/.test(value)
  );
}

/** An absolute path, or one that begins with a dot: a Base64 text may begin with a slash too, but rarely lacks its other signs. */
function isPath(value: string): boolean {
  return /^(?:file:\/\/)?\.{0,2}\/(?:[\w@.-]+\/)*[\w@.-]+\/?$/.test(value) && !/^\/[A-Za-z0-9]{30,}$/.test(value);
}

/** What stands in the place of a value that is never kept. */
export function redactedMark(bytes: number): string {
  return `<redacted: ${bytes} bytes>`;
}

/** Size of a text in UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
