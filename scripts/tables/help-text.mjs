// Reads what `kube-apiserver --help` prints: flags with type and default.

const zero = { bool: 'false', int: '0', int32: '0', float: '0', float32: '0', duration: '0s', Level: '0', uint: '0' };

/**
 * Parses a help text into Map<flag, { type, value }>; `value` is the default as a person would write it after `=`: lists without
 * their brackets, the type's zero where the help names none (pflag leaves zero defaults out).
 */
export function parseHelp(text) {
  const flags = new Map();
  let current;
  const finish = () => {
    if (current === undefined) return;
    flags.set(current.name, { type: current.type, value: defaultOf(current.type, current.text) });
    current = undefined;
  };
  for (const line of text.split('\n')) {
    const match = /^ {2,6}(?:-\w, )?--([\w-]+)(?: ([^ ]+))? {3,}(.*)$/.exec(line);
    if (match !== null) {
      finish();
      current = { name: match[1], type: match[2] ?? 'bool', text: match[3] };
      if (current.type.startsWith('version[')) current.type = 'version';
    } else if (/^ {20,}\S/.test(line) && current !== undefined) current.text += `\n${line.trim()}`;
    else if (/^\S/.test(line)) finish();
  }
  finish();
  return flags;
}

function defaultOf(type, text) {
  const match = /\(default (.*?)\)(?: \(DEPRECATED: [\s\S]*\))?$/s.exec(text.slice(text.lastIndexOf('(default ')));
  if (match === null || !text.includes('(default ')) return zero[type] ?? '';
  const value = match[1];
  if (/^".*"$/s.test(value)) return JSON.parse(value);
  return /^\[.*\]$/s.test(value) ? value.slice(1, -1) : value;
}
