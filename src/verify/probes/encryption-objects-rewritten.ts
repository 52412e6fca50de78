import { flagFile } from '../../cluster/flag-file.ts';
import { gateEnabled } from '../../cluster/feature-gates.ts';
import type { EncryptionConfiguration } from '../../encryption/configuration.ts';
import { loadEncryptionConfiguration, storedPrefix, writeProvider } from '../../encryption/configuration.ts';
import type { StoredCounts } from '../../etcd/stored-keys.ts';
import { allKeysUnder } from '../../etcd/stored-keys.ts';
import type { Evidence } from '../../results/finding.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { NotPossible } from '../not-possible.ts';
import { contradicted, notPossible, proved } from '../probe.ts';
import { storagePrefix } from '../stored-resources.ts';
import type { World } from '../world.ts';

/** Every value that etcd holds of the encrypted resources, counted by provider and key at one revision. Values are never kept. */
export const probe: Probe = {
  control: 'encryption-objects-rewritten',
  needs: ['etcd'],
  run: async (world, result) => {
    const { client, prefix } = await world.etcd();
    const configuration = configurationOf(world);
    const resources = result.findings.flatMap(({ subject }) => (subject.kind === 'resource' ? [subject.name] : []));
    if (resources.length === 0) return notPossible('no resource is asked for');
    const contradictions: Contradiction[] = [];
    const evidence: Evidence[] = [];
    let total = 0;
    for (const resource of resources) {
      const wanted = configuration === undefined ? 'plaintext' : storedPrefix(writeProvider(configuration, resource));
      const counts = await allKeysUnder(client, storagePrefix(prefix, resource));
      total += counts.total;
      const item = {
        source: `etcd ${storagePrefix(prefix, resource)} at revision ${counts.revision}`,
        seen: describe(counts),
        wanted,
      };
      evidence.push(item);
      const message = faultOf(resource, counts, wanted);
      if (message !== undefined)
        contradictions.push({ subject: { kind: 'resource', name: resource }, message, evidence: [item] });
    }
    const [first, ...more] = contradictions;
    if (first !== undefined) return contradicted([first, ...more]);
    const reason = `all ${total} values of ${resources.join(', ')} in etcd are encrypted by the write provider's first key; superseded revisions and free pages were not seen: a snapshot shows them`;
    return proved(reason, evidence, true);
  },
};

function configurationOf(world: World): EncryptionConfiguration | undefined {
  const { component, flags } = world.apiServer();
  const file = flagFile(component, flags.get('encryption-provider-config'));
  if (file.kind === 'unset' || file.kind === 'missing') return undefined;
  if (file.kind !== 'seen' || file.text === undefined) throw new NotPossible('the EncryptionConfiguration was not seen');
  const { minor } = world;
  const gates = (name: string): boolean => gateEnabled(flags, 'kube-apiserver', minor, name) ?? false;
  const loaded = loadEncryptionConfiguration(file.text, { path: file.path, minor, gates, source: file.source });
  if (loaded.kind === 'refused') throw new NotPossible('the server refuses the EncryptionConfiguration that was seen');
  return loaded.configuration;
}

function describe({ byPrefix, total }: StoredCounts): string {
  const parts = Object.entries(byPrefix).map(([prefix, count]) => `${count} ${prefix}`);
  return total === 0 ? 'no value' : parts.join(', ');
}

function faultOf(resource: string, counts: StoredCounts, wanted: string): string | undefined {
  if (wanted === 'plaintext') return `${resource} are not encrypted by the configuration`;
  const stale = Object.entries(counts.byPrefix).filter(([prefix]) => prefix !== wanted);
  if (stale.length > 0) {
    const [worst = ['', 0]] = stale.toSorted(([a], [b]) => Number(b === 'plaintext') - Number(a === 'plaintext'));
    const number = stale.reduce((sum, [, count]) => sum + count, 0);
    return `${number} of ${counts.total} values of ${resource} are stale: ${worst[1]} as ${worst[0]}`;
  }
  return counts.keyIds.length > 1 ? `values of ${resource} have ${counts.keyIds.length} keys of the KMS plug-in` : undefined;
}
