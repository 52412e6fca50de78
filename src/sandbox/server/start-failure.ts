/** A server did not start; `message` is the server's own. */
export class StartFailure extends Error {
  /** Everything it printed. */
  readonly log: string;

  constructor(message: string, log: string) {
    super(message);
    this.name = 'StartFailure';
    this.log = log;
  }
}

/**
 * Finds the reason in what a server printed before it gave up: cobra's `Error: …`, klog's `"command failed" err="…"` (an indented
 * block where the message has several lines; with `--logging-format=json` a member `err`), etcd's JSON line
 * with `error`, a fatal or panic line, else the last line.
 */
export function failureMessage(log: string): string {
  const blocks = [...log.matchAll(/"command failed" err=<\n([\s\S]*?)\n >/g)];
  const block = blocks.at(-1)?.[1];
  if (block !== undefined) return block.replaceAll(/^\t/gm, '');
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const command = lines.findLast((line) => line.includes('"command failed" err="'));
  if (command !== undefined) return unquote(command.slice(command.indexOf('err="') + 4));
  const structured = lines.findLast((line) => /^\{.*"msg":"command failed","err":/.test(line));
  if (structured !== undefined) return String((JSON.parse(structured) as { readonly err: unknown }).err);
  const error = lines.findLast((line) => /^Error: /i.test(line));
  if (error !== undefined) return error.slice('Error: '.length);
  const json = lines.findLast((line) => /^\{.*"level":"(?:fatal|error|warn)".*"error":/.test(line));
  if (json !== undefined) return String((JSON.parse(json) as { readonly error: unknown }).error);
  return lines.findLast((line) => /^(?:F\d{4} |panic: )/.test(line)) ?? lines.at(-1) ?? 'it printed nothing';
}

/** Reads a text in Go's double quotes; one that is not whole is given back as it is. */
function unquote(text: string): string {
  const whole = /^"((?:[^"\\]|\\.)*)"/s.exec(text)?.[1];
  if (whole === undefined) return text;
  return whole.replace(/\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)/gs, (_, escape: string) => {
    if (escape.length > 1) return String.fromCodePoint(Number.parseInt(escape.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v' }[escape] ?? escape;
  });
}
