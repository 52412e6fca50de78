import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bulwark, folderWith, now } from './bulwark.ts';
import type { Surroundings } from './bulwark.ts';
import { leaksIn, marker, planted, plantedFiles } from './planted-secrets.ts';

let folder: ReturnType<typeof folderWith>;
beforeAll(() => {
  folder = folderWith(plantedFiles());
});
afterAll(() => folder.remove());

const at = (path: string): string => join(folder.path, path);

/** Runs the program and looks for markers in all that it wrote; `files` are those it was told to write. */
async function leaksOf(
  words: readonly string[],
  files: readonly string[] = [],
  more: Surroundings = {},
): Promise<readonly string[]> {
  const { stdout, stderr } = await bulwark(words, { cwd: folder.path, ...more });
  const written = files.map((file) => {
    const bytes = readFileSync(at(file));
    return bytes[0] === 0x1f ? gunzipSync(bytes).toString('latin1') : bytes.toString('latin1');
  });
  return [stdout, stderr, ...written].flatMap(leaksIn);
}

const sources = ['objects', 'loose', 'units', 'audit/audit.log', 'host', 'k3s', 'rke2'];
const formats = ['json', 'sarif', 'junit', 'markdown', 'html', 'csv'];

describe('secrets', () => {
  it('are planted in all their forms, and found where they stand', () => {
    const all = Object.values(plantedFiles())
      .map((content) =>
        typeof content === 'string' ? content : content[0] === 0x1f ? gunzipSync(content).toString() : content.toString(),
      )
      .map((text) => `${text}\n${text.replace(/LS0tLS1[A-Za-z0-9+/=]*/g, (part) => Buffer.from(part, 'base64').toString())}`);
    expect(planted.size).toBeGreaterThan(120);
    const found = new Set(all.flatMap(leaksIn));
    expect([...planted.keys()].filter((place) => !found.has(place))).toEqual([]);
  });

  it('stand in no report, whatever the format', async () => {
    const outputs = formats.flatMap((format) => ['-o', `${format}=report.${format}`]);
    const words = ['scan', ...sources, '-o', 'text', ...outputs, '--details', '--explain-score', '--now', now];
    expect(
      await leaksOf(
        words,
        formats.map((format) => `report.${format}`),
      ),
    ).toEqual([]);
  });

  it('stand in no archive and not in what is reported from it', async () => {
    expect(await leaksOf(['collect', ...sources, '--out', 'all.bulwark'], ['all.bulwark'])).toEqual([]);
    expect(
      await leaksOf(['scan', 'all.bulwark', '--details', '-o', 'text', '-o', 'json=archive.json'], ['archive.json']),
    ).toEqual([]);
  });

  it.each([...sources, 'loose/tokens.csv', 'units/api.env', 'host/etc/kubernetes/pki/sa.key', 'k3s/etc/rancher/k3s/config.yaml'])(
    'do not show when %s is read alone, with --debug',
    async (source) => {
      expect(await leaksOf(['--debug', 'scan', source, '--details'])).toEqual([]);
    },
  );

  it.each(['objects/broken.yaml', 'objects/broken.json', 'loose/kubeconfig.conf', 'loose/enc.yaml'])(
    'do not show when %s is taken for a file that it is not',
    async (file) => {
      const options = ['--settings', '--waivers', '--baseline', '--audit-log', '--host-root', '--kubeconfig'];
      const leaks = await Promise.all(options.map((option) => leaksOf(['--debug', 'scan', 'units', option, file])));
      expect(leaks).toEqual(options.map(() => []));
    },
  );

  it('do not come through standard input', async () => {
    for (const file of ['objects/objects.yaml', 'objects/broken.yaml', 'units/kube-apiserver.service', 'audit/audit.log'])
      expect(await leaksOf(['scan', '-', '--details'], [], { input: readFileSync(at(file)) }), file).toEqual([]);
  });

  it('of a kubeconfig do not show when its cluster cannot be reached', async () => {
    for (const context of [[], ['--context', 'none']])
      expect(await leaksOf(['--debug', 'scan', '--kubeconfig', 'loose/kubeconfig.conf', ...context])).toEqual([]);
    expect(await leaksOf(['collect', '--out', 'live.bulwark'], [], { env: { KUBECONFIG: at('loose/kubeconfig.conf') } })).toEqual(
      [],
    );
  });

  it('on the command line are not repeated', async () => {
    const words = [`--token=${marker('unknown option')}`, `--kubeconfig=${at('none')}`];
    expect(await leaksOf(['scan', ...words])).toEqual([]);
    expect(await leaksOf(['scan', '.', '-o', `json=${at('report.json')}`, `--password=${marker('unknown option 2')}`])).toEqual(
      [],
    );
  });

  it('stand in no other page', async () => {
    expect(await leaksOf(['explain', 'encryption-provider-configured'])).toEqual([]);
    expect(await leaksOf(['controls'])).toEqual([]);
    expect(await leaksOf(['explain', 'none'])).toEqual([]);
  });

  it.each(['pod-security', 'limits', 'limits-object', 'admission-config', 'encryption-config'])(
    'in lines that eval %s cannot read are not repeated',
    async (engine) => {
      const secret = marker(`eval ${engine}`);
      const configuration = plantedFiles()['loose/enc.yaml']?.toString() ?? '';
      const lines = [
        `{"id":"a","input":{"token":"${secret}"`,
        `{"id":"b","input":"${secret}"}`,
        `{"id":"c","input":{"config":${JSON.stringify(configuration)}}}`,
        `{"id":"d","input":{"file":${JSON.stringify(configuration)},"text":${JSON.stringify(configuration)},"yaml":${JSON.stringify(configuration)}}}`,
        secret,
        `{"id":"e","version":"1.31","input":{"pod":{"spec":{"containers":[{"name":"c","env":"${secret}"}]}}}}`,
      ].join('\n');
      expect(await leaksOf(['--debug', 'eval', engine, '--input', '-'], [], { input: lines })).toEqual([]);
    },
  );
});
