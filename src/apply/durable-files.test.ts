import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceFile, stateOfPath } from './durable-files.ts';
import { realPathOf } from './host-path.ts';

const folder = mkdtempSync(join(tmpdir(), 'bulwark-durable-'));
const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

describe('replaceFile', () => {
  it('writes content, mode and owner, and leaves nothing beside the file', async () => {
    const path = join(folder, 'a.yaml');
    writeFileSync(path, 'old');
    const steps: string[] = [];
    await replaceFile(path, { bytes: Buffer.from('new'), mode: 0o600, ...owner }, (name) => void steps.push(name));
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a.yaml']);
    expect(steps).toEqual([`written beside ${path}`, `renamed ${path}`]);
  });

  it('leaves the former file and nothing else where it fails on the way', async () => {
    const path = join(folder, 'a.yaml');
    const failing = replaceFile(path, { bytes: Buffer.from('newer'), mode: 0o600, ...owner }, () => {
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a.yaml']);
  });
});

describe('stateOfPath', () => {
  it('tells files, folders and absence apart', () => {
    chmodSync(join(folder, 'a.yaml'), 0o640);
    expect(stateOfPath(join(folder, 'a.yaml'))).toMatchObject({ kind: 'file', mode: 0o640 });
    expect(stateOfPath(folder)).toMatchObject({ kind: 'folder' });
    expect(stateOfPath(join(folder, 'b', 'c'))).toEqual({ kind: 'absent' });
  });
});

describe('realPathOf', () => {
  const root = mkdtempSync(join(tmpdir(), 'bulwark-root-'));
  mkdirSync(join(root, 'etc/real'), { recursive: true });

  it('follows links that stay inside and refuses those that lead out', () => {
    symlinkSync('real', join(root, 'etc/link'));
    symlinkSync('/etc', join(root, 'etc/out'));
    expect(realPathOf(root, '/etc/link/x.yaml')).toEqual({ kind: 'path', path: join(root, 'etc/real/x.yaml') });
    expect(realPathOf(root, '/etc/out/passwd')).toMatchObject({ kind: 'refused' });
    expect(realPathOf(root, '/../../etc/new/y')).toEqual({ kind: 'path', path: join(root, 'etc/new/y') });
  });
});
