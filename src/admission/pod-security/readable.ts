import type { FieldPath, Json } from '../../cluster/json.ts';
import { isObject } from '../../cluster/json.ts';
import type { Shape } from '../../cluster/shape.ts';
import { misfitOf } from '../../cluster/shape.ts';

const selinux: Shape = { members: { type: 'string', user: 'string', role: 'string' } };
const profile: Shape = { members: { type: 'string' } };
const windows: Shape = { members: { hostProcess: 'boolean' } };
const action: Shape = { members: { host: 'string' } };
const handler: Shape = { members: { httpGet: action, tcpSocket: action } };

const containers: Shape = {
  list: {
    members: {
      name: 'string',
      image: 'string',
      ports: { list: { members: { hostPort: 'integer', containerPort: 'integer' } } },
      livenessProbe: handler,
      readinessProbe: handler,
      startupProbe: handler,
      lifecycle: { members: { postStart: handler, preStop: handler } },
      securityContext: {
        members: {
          privileged: 'boolean',
          allowPrivilegeEscalation: 'boolean',
          runAsNonRoot: 'boolean',
          runAsUser: 'integer',
          procMount: 'string',
          capabilities: { members: { add: { list: 'string' }, drop: { list: 'string' } } },
          seLinuxOptions: selinux,
          seccompProfile: profile,
          appArmorProfile: profile,
          windowsOptions: windows,
        },
      },
    },
  },
};

const volumeSources =
  'awsElasticBlockStore azureDisk azureFile cephfs cinder configMap csi downwardAPI emptyDir ephemeral fc flexVolume flocker gcePersistentDisk gitRepo glusterfs hostPath image iscsi nfs persistentVolumeClaim photonPersistentDisk portworxVolume projected quobyte rbd scaleIO secret storageos vsphereVolume';

const podSpec: Shape = {
  members: {
    containers,
    initContainers: containers,
    ephemeralContainers: containers,
    volumes: {
      list: {
        members: { name: 'string', ...Object.fromEntries(volumeSources.split(' ').map((source) => [source, 'object' as const])) },
      },
    },
    hostNetwork: 'boolean',
    hostPID: 'boolean',
    hostIPC: 'boolean',
    hostUsers: 'boolean',
    runtimeClassName: 'string',
    os: { members: { name: 'string' } },
    securityContext: {
      members: {
        runAsNonRoot: 'boolean',
        runAsUser: 'integer',
        seLinuxOptions: selinux,
        seccompProfile: profile,
        appArmorProfile: profile,
        windowsOptions: windows,
        sysctls: { list: { members: { name: 'string' } } },
      },
    },
  },
};

const podMetadata: Shape = {
  members: { name: 'string', generateName: 'string', annotations: { map: 'string' }, labels: { map: 'string' } },
};

/**
 * Finds the first field of a pod spec, among those that Pod Security reads, whose type no server would accept; `undefined`
 * where all can be read. `null` reads as absent, as in Go.
 */
export function unreadablePodField(spec: Json | undefined): FieldPath | undefined {
  return misfitOf(spec, podSpec);
}

/** The same for `metadata`: names, labels and annotations. */
export function unreadableMetadataField(metadata: Json | undefined): FieldPath | undefined {
  return misfitOf(metadata, podMetadata);
}

/** Reports whether a pod spec can be judged at all: it has a list of containers, and nothing that matters has a wrong type. */
export function readablePodSpec(spec: Json | undefined): boolean {
  return isObject(spec) && Array.isArray(spec['containers']) && unreadablePodField(spec) === undefined;
}
