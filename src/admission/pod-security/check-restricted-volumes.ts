import type { JsonObject } from '../../cluster/json.ts';
import type { Check, PodSecurityServer, Violation } from './check.ts';
import { plural, quoted, sortedSet } from './check.ts';
import type { PodView } from './pod-view.ts';
import { member } from './pod-view.ts';

const allowed = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];

/** First server that has image volumes, and the first that knows them as harmless; it applies that to every policy version. */
const imageSince = 31;
const imageAllowedSince = 33;

/** In the order in which the server looks for the type to name. */
const restricted = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
];

/** Only volumes that carry no reach beyond the pod (policy/check_restrictedVolumes.go). */
export const restrictedVolumes: Check = {
  id: 'restrictedVolumes',
  level: 'restricted',
  revisions: [{ since: 0, check: restrictedTypes, overrides: ['hostPathVolumes'] }],
};

function restrictedTypes(pod: PodView, server: PodSecurityServer): Violation | undefined {
  const bad = pod.volumes.filter(({ volume }) => !isAllowed(volume, server));
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map(({ volume }) => typeOf(volume) ?? 'unknown'));
  const names = quoted(bad.map(({ name }) => name));
  const what = plural('restricted volume type', 'restricted volume types', types.length);
  return {
    reason: 'restricted volume types',
    detail: `${plural('volume', 'volumes', bad.length)} ${names} ${plural('uses', 'use', bad.length)} ${what} ${quoted(types)}`,
    fields: bad.map(({ index, volume }) => {
      const type = typeOf(volume);
      return type === undefined ? ['spec', 'volumes', index] : ['spec', 'volumes', index, type];
    }),
  };
}

/** A volume without a source is an empty directory (pkg/apis/core/v1/defaults.go, SetDefaults_Volume). */
function isAllowed(volume: JsonObject, server: PodSecurityServer): boolean {
  if (allowed.some((type) => member(volume, type) !== undefined)) return true;
  const image = server.minor >= imageSince && member(volume, 'image') !== undefined;
  return image ? server.minor >= imageAllowedSince : typeOf(volume) === undefined;
}

function typeOf(volume: JsonObject): string | undefined {
  return restricted.find((type) => member(volume, type) !== undefined);
}
