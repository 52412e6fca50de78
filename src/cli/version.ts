import { readFileSync } from 'node:fs';

declare const BULWARK_VERSION: string | undefined;

/** The program's version: set by the bundler, else read from package.json. */
export function toolVersion(): string {
  if (typeof BULWARK_VERSION === 'string') return BULWARK_VERSION;
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
