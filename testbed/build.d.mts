/** A testbed that is there: its programs lie in `folder`. */
export interface BuiltTestbed {
  readonly version: string;
  readonly minor: number;
  readonly folder: string;
  readonly source: 'KUBEBUILDER_ASSETS' | 'cache';
}
export class TestbedUnavailable extends Error {}
export function testbedVersions(): {
  readonly version: string;
  readonly minor: number;
  readonly go: string;
  readonly modfile: string;
}[];
export function findBuilt(): BuiltTestbed[];
export function ensureTestbed(options?: { version?: string; log?: (line: string) => void }): Promise<BuiltTestbed>;
