import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlResult } from '../../../results/report.ts';
import { judge } from '../../fixtures/judge-fixtures.ts';
import { control } from './control.ts';

const golden = 'tests/golden/etcd-snapshot/';
let folder: string;

interface Recording {
  readonly id: string;
  readonly input: { readonly config: string; readonly snapshot: { readonly $path: string } };
}
const recordings = readFileSync(`${golden}snapshots.jsonl`, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recording);

/** A host's files beside a snapshot. */
async function judged(
  id: string,
  config: string | undefined,
  change: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Promise<ControlResult> {
  const recording = recordings.find((one) => one.id.includes(id));
  if (recording === undefined) throw new Error(`no recording ${id}`);
  const place = mkdtempSync(join(folder, 'case-'));
  const flag = config === undefined ? '' : ', --encryption-provider-config=/etc/kubernetes/encryption.yaml';
  writeFileSync(join(place, 'snapshot.db'), change(gunzipSync(readFileSync(`${golden}${recording.input.snapshot.$path}`))));
  writeFileSync(
    join(place, 'kube-apiserver.yaml'),
    `apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver, namespace: kube-system}\nspec: {containers: [{name: kube-apiserver, image: "a:v1.36.2", command: [kube-apiserver, --etcd-servers=https://127.0.0.1:2379${flag}], volumeMounts: [{name: k, mountPath: /etc/kubernetes}]}], volumes: [{name: k, hostPath: {path: /etc/kubernetes}}]}\n`,
  );
  if (config !== undefined) writeFileSync(join(place, 'encryption.yaml'), config);
  return judge(control, place);
}

const messages = (result: ControlResult): Readonly<Record<string, string>> =>
  Object.fromEntries(
    result.findings.map(({ subject, verdict, message }) => [`${subject.kind} ${subject.name}`, `${verdict}: ${message}`]),
  );
const configOf = (id: string): string => recordings.find((one) => one.id.includes(id))?.input.config ?? '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-stored-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a snapshot beside the configuration', () => {
  it('passes current values under the key that writes, and fails what is left in free pages', async () => {
    const result = await judged('p5-compacted', configOf('p5-compacted'));
    expect(messages(result)).toEqual({
      'resource secrets': "pass: all 270 values of secrets are encrypted by the write provider's first key",
      'superseded revisions secrets': 'pass: no plaintext of secrets is left in superseded revisions',
      'free pages secrets': 'fail: 300 values of secrets lie in free pages as plaintext until etcd is defragmented',
    });
    expect(result.verdict).toBe('fail');
    expect(JSON.stringify(result)).not.toContain('PLAINMARK');
  });

  it('fails plaintext in current values and in superseded revisions', async () => {
    const found = messages(await judged('p3-deleted', configOf('p3-deleted')));
    expect(found['resource secrets']).toBe('fail: 50 of 270 values of secrets lie in etcd as plaintext');
    expect(found['superseded revisions secrets']).toMatch(/^fail: 250 values/);
  });

  it('fails values of another key, and resources that nothing encrypts', async () => {
    const other = `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{resources: [secrets], providers: [{secretbox: {keys: [{name: other, secret: ${'A'.repeat(43)}=}]}}]}]\n`;
    expect(messages(await judged('p5-compacted', other))['resource secrets']).toMatch(
      /^fail: 270 of 270 values of secrets are stale/,
    );
    expect(messages(await judged('p5-compacted', undefined))['resource secrets']).toBe(
      'fail: secrets are not encrypted by the configuration',
    );
  });

  it('is never a pass where the file is damaged', async () => {
    const result = await judged('p5-compacted', configOf('p5-compacted'), (bytes) => {
      bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.byteLength - 1);
      return bytes;
    });
    const found = messages(result);
    expect(found['resource secrets']).toMatch(/^unknown: the file was not read whole: the checksum/);
    expect(found['free pages secrets']).toMatch(/^fail/);
  });
});
