import { generateKeyPairSync, sign } from 'node:crypto';
import type { JsonObject } from '../../src/cluster/json.ts';
import { bits, integer, oid, sequence, tagged } from '../../src/sandbox/server/der.ts';
import type { Random } from './random-cases.ts';

/** Names out of which objects and requests are made; objects that are referred to need not exist. */
export const nodeWords = {
  namespaces: ['blue', 'green'],
  nodes: ['n1', 'n2', 'n3.example'],
  names: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
} as const;

const name = (random: Random): string => random.pick(nodeWords.names);

/** Sources of a pod's volume that refer to something. */
const podVolumes: readonly ((random: Random) => JsonObject)[] = [
  (random) => ({ secret: { secretName: name(random) } }),
  (random) => ({ configMap: { name: name(random) } }),
  (random) => ({ persistentVolumeClaim: { claimName: name(random) } }),
  (random) => ({
    projected: {
      sources: [
        { secret: { name: name(random) } },
        { configMap: { name: name(random) } },
        { downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } },
      ],
    },
  }),
  () => ({ emptyDir: {} }),
  () => ({ ephemeral: { volumeClaimTemplate: { spec: claimSpec } } }),
  (random) => ({ azureFile: { secretName: name(random), shareName: 's' } }),
  (random) => ({ csi: { driver: 'csi.example', nodePublishSecretRef: { name: name(random) } } }),
  (random) => ({ flexVolume: { driver: 'v/d', secretRef: { name: name(random) } } }),
  (random) => ({
    iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.com.example:storage', lun: 0, secretRef: { name: name(random) } },
  }),
  (random) => ({ cephfs: { monitors: ['10.0.0.1'], secretRef: { name: name(random) } } }),
  (random) => ({ rbd: { monitors: ['10.0.0.1'], image: 'i', secretRef: { name: name(random) } } }),
  (random) => ({ scaleIO: { gateway: 'https://g', system: 's', volumeName: 'v', secretRef: { name: name(random) } } }),
  (random) => ({ storageos: { volumeName: 'v', secretRef: { name: name(random) } } }),
  (random) => ({ cinder: { volumeID: 'v', secretRef: { name: name(random) } } }),
];

const claimSpec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

/** A container whose environment refers to something. */
export function container(random: Random, called: string): JsonObject {
  const optional = random.chance(0.3) ? { optional: true } : {};
  const env = random.some(
    [
      { name: 'A', valueFrom: { secretKeyRef: { name: name(random), key: 'k', ...optional } } },
      { name: 'B', valueFrom: { configMapKeyRef: { name: name(random), key: 'k' } } },
      { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'D', value: name(random) },
    ],
    0,
    2,
  );
  const envFrom = random.some(
    [{ secretRef: { name: name(random), ...optional } }, { configMapRef: { name: name(random) }, prefix: 'p' }],
    0,
    1,
  );
  return { name: called, image: 'i', env: [...env], envFrom: [...envFrom] };
}

/** A pod, most often on a node; of mirror pods newer servers refuse those that refer to something. */
export function randomPod(random: Random, index: number, claims: boolean): JsonObject {
  const namespace = random.pick(nodeWords.namespaces);
  const mirror = random.chance(0.1);
  const volumes = random.chance(0.8) ? [random.pick(podVolumes)(random), random.pick(podVolumes)(random)] : [];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `p${index}`,
      namespace,
      ...(mirror ? { annotations: { 'kubernetes.io/config.mirror': 'x' } } : {}),
    },
    spec: {
      ...(mirror || random.chance(0.85) ? { nodeName: random.pick(nodeWords.nodes) } : {}),
      ...(random.chance(0.7) ? { serviceAccountName: name(random) } : {}),
      ...(random.chance(0.3) ? { imagePullSecrets: [{ name: name(random) }, { name: name(random) }] } : {}),
      ...(random.chance(0.3) ? { initContainers: [container(random, 'i')] } : {}),
      containers: [container(random, 'c'), container(random, 'd')].slice(random.below(2)),
      volumes: volumes.map((source, at) => ({ name: `v${at}`, ...source })),
      ...(claims && random.chance(0.4)
        ? {
            resourceClaims: [
              { name: 'r', resourceClaimName: name(random) },
              { name: 's', resourceClaimTemplateName: name(random) },
            ],
          }
        : {}),
    },
  };
}

/** Sources of a persistent volume with secrets of its own. */
const volumeSources: readonly ((random: Random) => JsonObject)[] = [
  () => ({ hostPath: { path: '/x' } }),
  (random) => {
    const ref = () => ({ name: name(random), namespace: random.pick(nodeWords.namespaces) });
    return {
      csi: {
        driver: 'csi.example',
        volumeHandle: 'h',
        controllerPublishSecretRef: ref(),
        nodePublishSecretRef: ref(),
        nodeStageSecretRef: ref(),
        nodeExpandSecretRef: ref(),
        controllerExpandSecretRef: ref(),
      },
    };
  },
  (random) => ({ azureFile: { secretName: name(random), shareName: 's', ...maybeNamespace(random, 'secretNamespace') } }),
  (random) => ({ rbd: { monitors: ['10.0.0.1'], image: 'i', secretRef: secretReference(random) } }),
  (random) => ({ cephfs: { monitors: ['10.0.0.1'], secretRef: secretReference(random) } }),
  (random) => ({ flexVolume: { driver: 'v/d', secretRef: secretReference(random) } }),
  (random) => ({
    iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2001-04.com.example:storage', lun: 0, secretRef: secretReference(random) },
  }),
  (random) => ({ cinder: { volumeID: 'v', secretRef: { name: name(random), namespace: 'green' } } }),
  (random) => ({ scaleIO: { gateway: 'https://g', system: 's', volumeName: 'v', secretRef: secretReference(random) } }),
  (random) => ({ storageos: { volumeName: 'v', secretRef: { name: name(random), namespace: 'blue' } } }),
];

function secretReference(random: Random): JsonObject {
  return { name: name(random), ...maybeNamespace(random, 'namespace') };
}

function maybeNamespace(random: Random, field: string): JsonObject {
  return random.chance(0.5) ? { [field]: random.pick(nodeWords.namespaces) } : {};
}

/** A volume, most often bound to a claim: of a name, or of an ephemeral volume of a pod. */
export function randomVolume(random: Random, index: number): JsonObject {
  const claim = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace: random.pick(nodeWords.namespaces) };
  const claimName = random.chance(0.7) ? name(random) : `p${random.below(60)}-v${random.below(2)}`;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pv${index}` },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      ...(random.chance(0.85) ? { claimRef: { ...claim, name: claimName } } : {}),
      ...random.pick(volumeSources)(random),
    },
  };
}

export function randomAttachment(random: Random, index: number): JsonObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: `va${index}` },
    spec: { attacher: 'csi.example', nodeName: random.pick(nodeWords.nodes), source: { persistentVolumeName: `pv${index}` } },
  };
}

export function randomSlice(random: Random, index: number): JsonObject {
  const place = random.chance(0.8) ? { nodeName: random.pick(nodeWords.nodes) } : { allNodes: true };
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceSlice',
    metadata: { name: `slice${index}` },
    spec: { driver: 'dra.example', pool: { name: `pool${index}`, generation: 1, resourceSliceCount: 1 }, devices: [], ...place },
  };
}

let certificateRequest: string | undefined;

/** A PKCS #10 request that says nothing but its key: what kubelets send. */
function emptyRequest(): string {
  if (certificateRequest !== undefined) return certificateRequest;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const body = sequence(
    integer(Buffer.from([0])),
    sequence(),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa0, Buffer.alloc(0)),
  );
  certificateRequest = sequence(body, sequence(oid('1.3.101.112')), bits(sign(null, body, privateKey))).toString('base64');
  return certificateRequest;
}

export function randomPodCertificate(random: Random, index: number): JsonObject {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'PodCertificateRequest',
    metadata: { name: `pcr${index}` },
    spec: {
      signerName: 'signer.example/x',
      podName: `p${index}`,
      podUID: 'u',
      serviceAccountName: 'default',
      serviceAccountUID: 'u',
      nodeName: random.pick(nodeWords.nodes),
      nodeUID: 'u',
      stubPKCS10Request: emptyRequest(),
    },
  };
}
