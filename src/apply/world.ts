import type { Cluster } from '../cluster/cluster.ts';
import type { ComponentName } from '../cluster/component.ts';
import type { StepHook } from './durable-files.ts';
import type { EncryptedStore } from './encryption-passage.ts';
import type { Gate } from './gate/gate.ts';
import type { Journal } from './journal.ts';
import type { ObjectApi } from './object-api.ts';

/** What a run acts on and through. Everything outside the program is in here, so that tests can put something else in its place. */
export interface World {
  /** Where this host's files are; `/`: this machine. */
  readonly root: string;
  /** This host's name as the plan has it; `undefined`: no host of the plan is this one. */
  readonly host: string | undefined;
  readonly api: ObjectApi;
  readonly gate: Gate;
  readonly journal: Journal;
  readonly step: StepHook;
  readonly say: (line: string) => void;
  readonly progress: (what: string, done?: number, of?: number) => void;
  /** Asks a person; `false` where the answer is no, or nobody can be asked. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** RFC 3339. */
  readonly now: () => string;
  /** Restarts a component that systemd runs; the commands for a person where that cannot be done from here. */
  readonly restartUnit: (component: ComponentName) => Promise<readonly string[]>;
  /** What etcd holds of a resource, for the way back from encryption. */
  readonly store: EncryptedStore;
  /** Where a component's static pod manifest lies on a host. */
  readonly manifestPath: (host: string, component: ComponentName) => string;
  /** The cluster that the plan was made from; not known on the way back. */
  readonly cluster?: Cluster;
}
