/** A run cannot go on: nothing is half done, or the journal says what is. The message is for a person; `detail` holds a difference. */
export class ApplyStop extends Error {
  readonly detail: readonly string[];

  constructor(message: string, detail: readonly string[] = []) {
    super(message);
    this.name = 'ApplyStop';
    this.detail = detail;
  }
}

/** What the system said, in one line with the path it spoke of: disk full, no permission. */
export function systemMessage(error: unknown, path: string): string {
  if (!(error instanceof Error)) return `${path}: ${String(error)}`;
  const code = 'code' in error ? String(error.code) : '';
  const known: Readonly<Record<string, string>> = {
    ENOSPC: 'no space is left on the device',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'the file would be larger than is allowed',
    EROFS: 'the file system is read-only',
    EACCES: 'permission denied: run it as root on the host',
    EPERM: 'not permitted: run it as root on the host',
  };
  return `${path}: ${known[code] ?? error.message}${code === '' || known[code] === undefined ? '' : ` (${code})`}`;
}
