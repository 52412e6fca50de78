import type { StoredInventory } from '../../cluster/stored-inventory.ts';
import { ValueLabels } from './value-labels.ts';
import { RowCounts } from './row-counts.ts';
import { EtcdClient } from '../../etcd/client.ts';
import type { EtcdSettings } from '../../etcd/settings.ts';
import { forEachKeyUnder } from '../../etcd/stored-keys.ts';

/**
 * Reads how a running etcd keeps the current values below a prefix (`/registry`), at one revision. Superseded revisions and free pages are
 * not to be seen through an endpoint. Throws EtcdFault.
 *
 * @param name of the source, as it is shown
 */
export async function inventoryOfEtcd(
  settings: EtcdSettings,
  prefix: string,
  name: string,
  progress?: (done: number, of: number) => void,
): Promise<StoredInventory> {
  const client = new EtcdClient(settings);
  const labels = new ValueLabels([prefix]);
  const rows = new RowCounts();
  try {
    const revision = await forEachKeyUnder(
      client,
      `${prefix}/`,
      ({ key, value }) => {
        const path = bufferOf(key);
        const label = labels.labelOf(labels.numberOf(path, bufferOf(value)));
        rows.add({ ...label, place: 'current' }, 1, value.byteLength, path.toString('utf8'));
      },
      progress,
    );
    return {
      source: name,
      kind: 'live',
      prefix,
      revision: Number(revision),
      rows: rows.sorted(),
      orphanPages: 0,
      faults: [],
    };
  } finally {
    client.close();
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
