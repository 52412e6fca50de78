import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../cluster/json.ts';
import { runEval } from './run.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-eval-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number;
  readonly lines: readonly JsonObject[];
  readonly complaint: string;
}

async function run(
  engine: string,
  input: string,
  options: { stdin?: Readable; strict?: boolean; out?: string } = {},
): Promise<Run> {
  const text = { out: '', complaint: '' };
  const sink = (name: keyof typeof text) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text[name] += chunk.toString('utf8');
        done();
      },
    });
  const code = await runEval(
    { engine, input, strict: options.strict ?? false, ...(options.out === undefined ? {} : { out: options.out }) },
    { stdin: options.stdin ?? new PassThrough(), stdout: sink('out'), stderr: sink('complaint'), cwd: folder },
  );
  const lines = text.out.split('\n').filter((line) => line !== '');
  return { code, lines: lines.map((line) => JSON.parse(line) as JsonObject), complaint: text.complaint };
}

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c' }] } };
const input = { operation: 'CREATE', namespace: { labels: {} }, object: pod };

test('answers in order, and a bad line does not stop the run', async () => {
  const lines = [
    { id: 'a', input },
    'not json',
    '[1]',
    { input },
    { id: 7, input },
    { id: 'b', version: 'x', input },
    { id: 'c', version: '1.20', input },
    { id: 'd' },
    { id: 'e', input: { ...input, operation: 'PATCH' } },
    { id: 'f', input: { operation: 'CREATE', object: pod } },
    { id: 'g', input: { ...input, object: { ...pod, spec: { containers: [{ securityContext: { privileged: 'yes' } }] } } } },
    { id: 'h', version: '1.28', note: 'last', input },
  ];
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\r\n');
  const { code, lines: answers } = await run('pod-security', '-', { stdin: Readable.from([Buffer.from(`\ufeff${text}`)]) });
  expect(code).toBe(0);
  expect(answers.map((answer) => answer['id'])).toEqual(['a', null, null, null, 7, 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  expect(answers.map((answer) => Object.keys(answer)[1])).toEqual([
    'result',
    'error',
    'error',
    'error',
    'error',
    'error',
    'unknown',
    'error',
    'error',
    'unknown',
    'error',
    'result',
  ]);
  expect(answers[10]?.['error']).toEqual({
    message: 'the value is of a type that no API server accepts here',
    path: 'input.object.spec.containers[0].securityContext.privileged',
  });
  expect(answers[0]?.['result']).toMatchObject({ allowed: true, warnings: [] });
});

test('--strict gives 1 when a line was not settled', async () => {
  const stdin = () => Readable.from([`${JSON.stringify({ id: 'a', input })}\n{\n`]);
  expect((await run('pod-security', '-', { stdin: stdin(), strict: true })).code).toBe(1);
  expect((await run('pod-security', '-', { stdin: stdin() })).code).toBe(0);
});

describe('files', () => {
  test('an unknown engine, and an input that is not there, give 2', async () => {
    const unknown = await run('no-such-engine', '-');
    expect(unknown.code).toBe(2);
    expect(unknown.complaint).toContain('pod-security');
    const missing = await run('pod-security', 'missing.jsonl');
    expect([missing.code, missing.complaint]).toEqual([2, 'bulwark eval: cannot read missing.jsonl: no such file\n']);
    writeFileSync(join(folder, 'broken.jsonl.gz'), 'not gzip');
    expect((await run('pod-security', 'broken.jsonl.gz')).code).toBe(2);
  });

  test('$from takes a value, a list of lines, a line’s object or a text; .gz is unpacked', async () => {
    writeFileSync(join(folder, 'pod.json'), JSON.stringify(pod));
    writeFileSync(join(folder, 'pods.jsonl.gz'), gzipSync(`${JSON.stringify({ id: 'p1', object: pod })}\n`));
    writeFileSync(join(folder, 'list.jsonl'), `${JSON.stringify(pod)}\n${JSON.stringify(pod)}\n`);
    writeFileSync(
      join(folder, 'config.yaml'),
      `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: restricted}
`,
    );
    const cases = [
      { id: 'value', input: { ...input, object: { $from: 'pod.json' } } },
      { id: 'line', input: { ...input, object: { $from: 'pods.jsonl.gz#p1' } } },
      { id: 'no line', input: { ...input, object: { $from: 'pods.jsonl.gz#p2' } } },
      { id: 'no file', input: { ...input, object: { spec: [{ $from: 'nope.json' }] } } },
      { id: 'text', input: { ...input, configuration: { $from: 'config.yaml' } } },
      { id: 'refused', input: { ...input, configuration: 'kind: X' } },
      {
        id: 'list',
        input: { operation: 'CREATE', object: { kind: 'Namespace', apiVersion: 'v1' }, pods: { $from: 'list.jsonl' } },
      },
    ];
    writeFileSync(join(folder, 'cases.jsonl.gz'), gzipSync(cases.map((line) => JSON.stringify(line)).join('\n')));
    const { lines } = await run('pod-security', 'cases.jsonl.gz', { out: 'answers.jsonl' });
    expect(lines).toEqual([]);
    const answers = readFileSync(join(folder, 'answers.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as JsonObject);
    const kinds = answers.map((answer) => [
      answer['id'],
      (answer['result'] as JsonObject | undefined)?.['allowed'] ?? answer['error'],
    ]);
    expect(kinds).toEqual([
      ['value', true],
      ['line', true],
      ['no line', { message: 'pods.jsonl.gz has no line with the id "p2"', path: 'input.object' }],
      ['no file', { message: 'cannot read nope.json: no such file', path: 'input.object.spec[0]' }],
      ['text', false],
      [
        'refused',
        {
          message: expect.stringMatching(/^the server does not start: failed to apply admission: /) as unknown,
          path: 'input.configuration',
        },
      ],
      ['list', true],
    ]);
  });

  test('a run that fails leaves the former answers', async () => {
    writeFileSync(join(folder, 'kept.jsonl'), 'kept');
    expect((await run('pod-security', 'missing.jsonl', { out: 'kept.jsonl' })).code).toBe(2);
    expect(readFileSync(join(folder, 'kept.jsonl'), 'utf8')).toBe('kept');
    const nowhere = await run('pod-security', 'missing.jsonl', { out: 'no/such/folder.jsonl' });
    expect([nowhere.code, nowhere.complaint]).toEqual([2, 'bulwark eval: cannot write no/such/folder.jsonl: no such file\n']);
  });
});

test('memory does not grow with the number of lines', async () => {
  const line = `${JSON.stringify({ id: 'a', input: { ...input, note: 'x'.repeat(2000) } })}\n`;
  let left = 40_000;
  const stdin = Readable.from(
    (function* lines() {
      while (left-- > 0) yield line;
    })(),
  );
  let bytes = 0;
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      setImmediate(done);
    },
  });
  const before = process.memoryUsage().heapUsed;
  const code = await runEval(
    { engine: 'pod-security', input: '-', strict: true },
    { stdin, stdout, stderr: stdout, cwd: folder },
  );
  expect(code).toBe(0);
  expect(bytes).toBeGreaterThan(40_000 * 50);
  // 80 MB went through; what is kept is a fraction of that.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000);
});
