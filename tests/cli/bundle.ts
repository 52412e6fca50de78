import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the bundle that this run tests. */
    bundle: string;
  }
}

/** Builds the program once for all tests of the command line, into a folder of this run alone. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-bundle-'));
  execFileSync(process.execPath, [join(import.meta.dirname, '../../scripts/build.mjs'), folder], { stdio: 'inherit' });
  // The store of audit logs is native and lies beside the bundle, as an installation has it.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(import.meta.dirname, '../../node_modules/@duckdb'), join(folder, 'node_modules/@duckdb'));
  project.provide('bundle', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
