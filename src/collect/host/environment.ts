import { splitWords } from './words.ts';

/** A variable of an environment file, with its place. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly line: number;
  readonly column: number;
}

const secretName = /PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|(?:^|_)KEY$/;

/**
 * Reports whether a variable configures a component: etcd's `ETCD_*`, and the kubelet's switch for drop-ins. Names that look like a
 * secret (`ETCD_ROOT_PASSWORD`, `ETCD_INITIAL_CLUSTER_TOKEN`) are not: their values are never kept.
 */
export function isConfiguringVariable(name: string): boolean {
  return name === 'KUBELET_CONFIG_DROPIN_DIR_ALPHA' || (name.startsWith('ETCD_') && !secretName.test(name));
}

/**
 * Reads `NAME=value` lines as systemd's EnvironmentFile= and shells' `/etc/default` files have them: `#` and `;` open a comment line,
 * `export` before a name is ignored, quotes are removed, a backslash joins lines. Lines of another form are left out.
 */
export function readVariables(text: string): Variable[] {
  const variables: Variable[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let content = (lines[index] ?? '').replace(/\r$/, '');
    if (/^\s*[#;]/.test(content)) continue;
    while (content.endsWith('\\') && index + 1 < lines.length) {
      index += 1;
      content = content.slice(0, -1) + (lines[index] ?? '').replace(/\r$/, '');
    }
    const match = /^(\s*(?:export\s+)?)([A-Za-z_]\w*)=(.*)$/.exec(content);
    if (match === null) continue;
    const [, before = '', name = '', value = ''] = match;
    variables.push({ name, value: unquote(value.trim()), line, column: before.length + 1 });
  }
  return variables;
}

function unquote(value: string): string {
  if (!/["'\\]/.test(value)) return value;
  // Unquoted blanks stay blanks: the words of an unquoted value are joined again.
  return splitWords(value)
    .map((word) => word.text)
    .join(' ');
}
