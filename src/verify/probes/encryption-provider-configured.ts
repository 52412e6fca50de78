import type { Json } from '../../cluster/json.ts';
import { stringsAt } from '../../cluster/json.ts';
import { storedPrefixOf } from '../../etcd/stored-value.ts';
import type { ControlResult } from '../../results/report.ts';
import { canarySecret } from '../canary-secret.ts';
import { samplesOf } from '../metrics.ts';
import type { Outcome, Probe } from '../probe.ts';
import { NotPossible } from '../not-possible.ts';
import { contradicted, notPossible, proved } from '../probe.ts';
import { serverMetrics } from '../server-metrics.ts';
import type { World } from '../world.ts';

const metric = 'apiserver_storage_transformation_operations_total';
const writes = 3;

/** The value of a canary Secret, as it lies in etcd, begins with a provider's prefix and lacks the canary; without etcd, the metrics. */
export const probe: Probe = {
  control: 'encryption-provider-configured',
  needs: ['api', 'etcd'],
  run: async (world, result) => {
    let etcd: Awaited<ReturnType<World['etcd']>>;
    try {
      etcd = await world.etcd();
      await etcd.client.status();
    } catch (error) {
      return byMetrics(world, result, error instanceof Error ? error.message : 'etcd cannot be asked');
    }
    const secret = await canarySecret(world, 'encryption');
    const key = `${etcd.prefix}/secrets/${secret.namespace}/${secret.name}`;
    const { kvs } = await etcd.client.range({ key: Buffer.from(key, 'utf8') });
    const value = kvs[0]?.value;
    if (value === undefined) return notPossible(`etcd does not hold ${key}: it is not the etcd of this API server`);
    const { prefix } = storedPrefixOf(value);
    const item = { source: `etcd ${key}`, seen: prefix, wanted: 'k8s:enc:PROVIDER:…' };
    if (holds(value, secret.marker))
      return contradicted([
        { ...secretsOf(result), message: 'the value of a Secret lies in etcd as plaintext', evidence: [item] },
      ]);
    return judgePrefix(result, prefix, [item]);
  },
};

function judgePrefix(result: ControlResult, prefix: string, evidence: readonly { source: string; seen: string }[]): Outcome {
  const provider = /^k8s:enc:([a-z]+):/.exec(prefix)?.[1];
  if (provider === undefined)
    return contradicted([{ ...secretsOf(result), message: `a Secret is stored as ${prefix}`, evidence }]);
  if (stringsAt(result.parameters['weakProviders'] as Json).includes(provider))
    return contradicted([
      { ...secretsOf(result), message: `a Secret is encrypted by ${provider}, which counts as weak`, evidence },
    ]);
  return proved(`a canary Secret lies in etcd as ${prefix}…, and its value does not`, evidence);
}

/** The finding that speaks of Secrets, where there is one alone. */
function secretsOf(result: ControlResult): { readonly subject?: ControlResult['findings'][number]['subject'] } {
  const own = result.findings.filter(({ subject }) => subject.kind === 'resource' && subject.name === 'secrets');
  const [first] = own;
  return own.length === 1 && first !== undefined ? { subject: first.subject } : {};
}

function holds(value: Uint8Array, marker: string): boolean {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return bytes.includes(marker) || bytes.includes(Buffer.from(marker, 'utf8').toString('base64'));
}

async function byMetrics(world: World, result: ControlResult, why: string): Promise<Outcome> {
  const before = await written(world);
  for (let index = 0; index < writes; index++) await canarySecret(world, `encryption-${index}`);
  const after = await written(world);
  const grown = [...after].filter(([prefix, count]) => count - (before.get(prefix) ?? 0) >= writes).map(([prefix]) => prefix);
  const evidence = [
    { source: `/metrics ${metric}`, seen: grown.join(', ') || 'did not grow', wanted: 'k8s:enc:PROVIDER:… grows' },
  ];
  const [prefix] = grown;
  if (prefix !== undefined) return judgePrefix(result, prefix, evidence);
  if (world.severalApiServers) throw new NotPossible(`${why}; and with several API servers the metrics of one show nothing`);
  return contradicted([{ ...secretsOf(result), message: 'Secrets were written, and no provider encrypted anything', evidence }]);
}

async function written(world: World): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { labels, value } of samplesOf(await serverMetrics(world), metric)) {
    const prefix = labels['transformer_prefix'] ?? '';
    if (labels['transformation_type'] !== 'to_storage' || !prefix.startsWith('k8s:enc:')) continue;
    if (labels['status'] !== undefined && labels['status'] !== 'OK') continue;
    counts.set(prefix, (counts.get(prefix) ?? 0) + value);
  }
  return counts;
}
