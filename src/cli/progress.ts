/** A line of progress on stderr: only on a terminal, silent in a pipe and in CI. */
export interface Progress {
  readonly show: (what: string, done?: number, of?: number) => void;
  readonly clear: () => void;
}

const intervalMs = 100;

/** Makes a progress line. It appears after the first tenth of a second, is rewritten in place, and is cleared at the end. `doing`: its first word. */
export function progressLine(doing = 'reading'): Progress {
  const { stderr } = process;
  if (!stderr.isTTY || process.env['CI'] !== undefined || process.env['TERM'] === 'dumb')
    return { show: () => undefined, clear: () => undefined };
  let last = Date.now();
  let shown = false;
  return {
    show(what, done, of) {
      if (Date.now() - last < intervalMs) return;
      last = Date.now();
      shown = true;
      const count = done === undefined || of === undefined ? '' : ` ${done}/${of}`;
      stderr.write(`\r\u001b[K${doing} ${`${what}${count}`.slice(0, 60)}`);
    },
    clear() {
      if (shown) stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}
