/** One sample of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Reads the samples of one metric out of a text in Prometheus' exposition format; lines of another form are passed over. Total.
 * Source: prometheus.io/docs/instrumenting/exposition_formats.
 */
export function samplesOf(text: string, metric: string): readonly Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith(metric)) continue;
    const sample = readSample(line);
    if (sample?.name === metric) samples.push(sample);
  }
  return samples;
}

function readSample(line: string): Sample | undefined {
  const head = /^([A-Za-z_:][\w:]*)(\{)?/.exec(line);
  if (head === null) return undefined;
  const labels: Record<string, string> = {};
  let at = head[0].length;
  if (head[2] !== undefined) {
    const label = /\s*([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,?)/y;
    for (;;) {
      label.lastIndex = at;
      const match = label.exec(line);
      if (match === null) break;
      at = label.lastIndex;
      labels[match[1] ?? ''] = (match[2] ?? '').replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
      if (match[3] !== ',') break;
    }
    if (line[at] !== '}') return undefined;
    at++;
  }
  const number = /^\s+([^\s]+)(?:\s+-?\d+)?\s*$/.exec(line.slice(at))?.[1];
  const value = number === undefined ? Number.NaN : Number(number.replace(/^([+-]?)Inf$/, '$1Infinity'));
  return Number.isNaN(value) ? undefined : { name: head[1] ?? '', labels, value };
}
