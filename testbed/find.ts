import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findBuilt } from './build.mjs';

/** The programs of one Kubernetes version. */
export interface Testbed {
  /** `1.37.2`. */
  readonly version: string;
  readonly minor: number;
  readonly apiserver: string;
  readonly etcd: string;
  readonly kubectl: string;
  /** Not among KUBEBUILDER_ASSETS. */
  readonly controllerManager: string | undefined;
}

/**
 * Finds the testbeds that are there, newest first (see build.mjs). `BULWARK_TESTBED_ONLY=1.37,1.31` leaves out the others: a quick
 * run while working. Empty where none was built: tests then skip by name.
 */
export function findTestbeds(): readonly Testbed[] {
  const only = process.env['BULWARK_TESTBED_ONLY']?.split(',');
  return findBuilt()
    .filter(({ minor }) => only === undefined || only.includes(`1.${minor}`))
    .map(({ version, minor, folder }) => {
      const manager = join(folder, 'kube-controller-manager');
      return {
        version,
        minor,
        apiserver: join(folder, 'kube-apiserver'),
        etcd: join(folder, 'etcd'),
        kubectl: join(folder, 'kubectl'),
        controllerManager: existsSync(manager) ? manager : undefined,
      };
    });
}

/** The versions for tests that take minutes: all of them in the full run (`npm run test:full`), else the newest that is there. */
export function findTestbedsForLongTests(): readonly Testbed[] {
  const found = findTestbeds();
  return process.env['BULWARK_TEST_FULL'] === '1' ? found : found.slice(0, 1);
}
