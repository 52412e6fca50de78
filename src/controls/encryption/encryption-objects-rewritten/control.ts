import type { Cluster } from '../../../cluster/cluster.ts';
import { distributionOf, versionOf } from '../../../cluster/component-version.ts';
import { componentsOf } from '../../../cluster/components.ts';
import { gateEnabled } from '../../../cluster/feature-gates.ts';
import { flagFile } from '../../../cluster/flag-file.ts';
import { placeOfFlag, readFlags } from '../../../cluster/flags.ts';
import { newestMinor } from '../../../cluster/version.ts';
import { loadEncryptionConfiguration, storedPrefix, writeProvider } from '../../../encryption/configuration.ts';
import type { EncryptionConfiguration } from '../../../encryption/configuration.ts';
import type { Evidence } from '../../../results/finding.ts';
import { defineControl } from '../../control.ts';
import { judgeStored } from './judge-stored.ts';

const flag = 'encryption-provider-config';
const wanted = 'every stored value under the prefix of the write provider';

/** What of the configuration is beside the question, as evidence: which file the values should agree with. */
interface Configured {
  readonly evidence: readonly Evidence[];
  /** Resources that a configuration encrypts beside Secrets. */
  readonly resources: readonly string[];
  /** By which prefixes the servers write a resource; `undefined`: of a server it was not seen. */
  readonly writers: (resource: string) => ReadonlySet<string> | undefined;
}

function configured(cluster: Cluster): Configured {
  const evidence: Evidence[] = [];
  const resources = new Set<string>(['secrets']);
  /** `null`: the server has none; `undefined`: it was not seen, or no server loads it. */
  const configurations: (EncryptionConfiguration | null | undefined)[] = [];
  for (const { component } of componentsOf(cluster, 'kube-apiserver')) {
    if (component === undefined) {
      configurations.push(undefined);
      continue;
    }
    const minor = versionOf(cluster, component)?.minor;
    const flags = readFlags(component, minor);
    const reading = flags.get(flag);
    const seen = reading.given ? `--${flag}=${reading.value}` : `--${flag} is not set`;
    evidence.push({ ...placeOfFlag(component, reading), seen, wanted });
    const file = flagFile(component, reading);
    if (file.kind === 'unset') {
      configurations.push(null);
      continue;
    }
    if (file.kind !== 'seen' || file.text === undefined) {
      configurations.push(undefined);
      continue;
    }
    const version = minor ?? newestMinor;
    const gates = (name: string): boolean => gateEnabled(flags, 'kube-apiserver', version, name) ?? false;
    const loaded = loadEncryptionConfiguration(file.text, { path: file.path, minor: version, gates, source: file.source });
    configurations.push(loaded.kind === 'accepted' ? loaded.configuration : undefined);
    if (loaded.kind !== 'accepted') continue;
    for (const name of loaded.configuration.resources.flatMap((entry) => entry.resources)) {
      const writer = writeProvider(loaded.configuration, name)?.provider ?? 'identity';
      if (!name.includes('*') && writer !== 'identity') resources.add(name);
    }
  }
  const writers = (resource: string): ReadonlySet<string> | undefined => {
    if (configurations.length === 0 || configurations.includes(undefined)) return undefined;
    return new Set(configurations.map((found) => (found ? storedPrefix(writeProvider(found, resource)) : 'plaintext')));
  };
  return { evidence, resources: [...resources].sort(), writers };
}

/** What would settle it: bytes of etcd, or of what stands in its place. */
function settles(cluster: Cluster): string {
  const distribution = distributionOf(cluster);
  if (distribution === 'eks' || distribution === 'gke' || distribution === 'aks')
    return `the etcd of ${distribution.toUpperCase()} is the provider's and cannot be read: its own encryption setting is the next thing to look at`;
  const store = componentsOf(cluster, 'kube-apiserver').flatMap(({ component }) =>
    component === undefined ? [] : readFlags(component, undefined).get('etcd-servers').values,
  );
  if (store.some((server) => server.startsWith('unix://')))
    return 'the store is not etcd but what stands behind a local socket (kine), whose values are not read here';
  return 'only the bytes in etcd show it: a snapshot (`etcdctl snapshot save`), the file member/snap/db or an etcd endpoint would settle it, none was read';
}

export const control = defineControl({
  id: 'encryption-objects-rewritten',
  needs: [{ kind: 'etcd-data' }],
  absence: 'not-applicable',
  parameters: {},
  revisions: [
    {
      since: '1.28',
      evaluate: function* ({ cluster }) {
        const { evidence, resources, writers } = configured(cluster);
        const inventories = cluster.storedInventories ?? [];
        for (const inventory of inventories)
          for (const name of resources) yield* judgeStored(inventory, name, writers(name), evidence);
        if (inventories.length > 0) return;
        const message = settles(cluster);
        for (const name of resources) yield { verdict: 'unknown', subject: { kind: 'resource', name }, message, evidence };
      },
    },
  ],
  remedy: {
    kind: 'native',
    text: 'Rewrite every object through the API (`kubectl get secrets -A -o json | kubectl replace -f -`, or a StorageVersionMigration where the cluster serves it), wait for compaction, defragment etcd; only after a clean scan drop `identity` and retired keys.',
  },
  tradeOffs: [
    'Rewriting loads the API server and sends a watch event for every object.',
    'A reader that is dropped too early makes values unreadable until it is put back.',
  ],
});
