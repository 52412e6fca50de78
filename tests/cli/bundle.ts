import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
  project.provide('bundle', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
