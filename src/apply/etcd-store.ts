import { parseDocuments } from '../cluster/yaml/parse.ts';
import { componentOfPod } from '../collect/host/static-pod.ts';
import { EtcdClient } from '../etcd/client.ts';
import type { EtcdSettingsReading } from '../etcd/settings.ts';
import { etcdSettingsOf } from '../etcd/settings.ts';
import { allKeysUnder } from '../etcd/stored-keys.ts';
import type { EncryptedStore } from './encryption-passage.ts';
import { realPathOf } from './host-path.ts';
import { stateOfPath } from './durable-files.ts';
import { manifestText } from './restart.ts';
import type { World } from './world.ts';

/** Resources that do not lie under their own name. Source: the ResourcePrefix overrides of k8s.io/kubernetes pkg/kubeapiserver. */
const storedUnder: Readonly<Record<string, string>> = {
  services: 'services/specs',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  replicationcontrollers: 'controllers',
  ingresses: 'ingress',
};

/** The etcd that this host's API server uses, read with that server's own certificate. */
export function etcdStore(world: Pick<World, 'root' | 'manifestPath' | 'host'>): EncryptedStore {
  const open = (): { readonly client: EtcdClient; readonly prefix: string } | string => {
    const settings = settingsOf(world);
    return settings.kind === 'unknown' ? settings.why : { client: new EtcdClient(settings.settings), prefix: settings.prefix };
  };
  return {
    async fault() {
      const opened = open();
      if (typeof opened === 'string') return opened;
      try {
        await opened.client.status();
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      } finally {
        opened.client.close();
      }
    },
    async prefixes({ group, resource }) {
      const opened = open();
      if (typeof opened === 'string') throw new Error(opened);
      try {
        // Resources of the built-in groups lie under their bare name, those of custom resources under group and name.
        const own = storedUnder[resource] ?? resource;
        const paths = group === '' ? [own] : [own, `${group}/${resource}`];
        const counts: Record<string, number> = {};
        for (const path of paths)
          for (const [prefix, count] of Object.entries((await allKeysUnder(opened.client, `${opened.prefix}/${path}/`)).byPrefix))
            counts[prefix] = (counts[prefix] ?? 0) + count;
        return counts;
      } finally {
        opened.client.close();
      }
    },
  };
}

function settingsOf(world: Pick<World, 'root' | 'manifestPath' | 'host'>): EtcdSettingsReading {
  const host = world.host ?? '';
  const manifest = manifestText(world, host, 'kube-apiserver');
  const document = manifest === undefined ? undefined : parseDocuments(manifest.text, manifest.path).documents[0];
  const configured =
    document === undefined ? undefined : componentOfPod(document, [], { host, seenAs: 'static-pod', running: false });
  if (configured === undefined) return { kind: 'unknown', why: 'no manifest of the API server on this host says where etcd is' };
  return etcdSettingsOf(configured.component, undefined, (path) => {
    const where = configured.paths(path);
    const real = where.kind === 'host-path' ? realPathOf(world.root, where.path) : undefined;
    if (real?.kind !== 'path') return undefined;
    try {
      const state = stateOfPath(real.path);
      return state.kind === 'file' ? state.bytes.toString('utf8') : undefined;
    } catch {
      return undefined;
    }
  });
}
