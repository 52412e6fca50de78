import { loadAdmissionConfiguration } from '../admission/configuration.ts';
import { effectivePlugins } from '../admission/plugins.ts';
import { admitPodSecurity } from '../admission/pod-security/admit.ts';
import type { PodSecurityConfiguration } from '../admission/pod-security/configuration.ts';
import { unconfigured } from '../admission/pod-security/configuration.ts';
import { podRefusal } from '../admission/workload-limits.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import { seenComponents } from '../cluster/components.ts';
import { readFlags } from '../cluster/flags.ts';
import type { JsonObject } from '../cluster/json.ts';
import { labelsOf } from '../cluster/objects.ts';
import { newestMinor } from '../cluster/version.ts';
import type { Workload } from '../cluster/workloads.ts';
import { judgedWorkloads } from '../cluster/workloads.ts';
import type { CauseFinder } from './causes.ts';
import { differenceId } from './difference-id.ts';
import type { Difference } from './rehearsal.ts';

/** What decides whether a pod is admitted: the PodSecurity plugin of the first API server, and the objects. */
export interface PodWorld {
  readonly cluster: Cluster;
  readonly minor: number;
  /** `undefined`: the plugin is off, or how it is configured was not seen. */
  readonly podSecurity: PodSecurityConfiguration | undefined;
}

export function podWorldOf(cluster: Cluster): PodWorld {
  const minor = clusterVersion(cluster)?.minor ?? newestMinor;
  const [component] = seenComponents(cluster, 'kube-apiserver');
  if (component === undefined) return { cluster, minor, podSecurity: unconfigured };
  const flags = readFlags(component, minor);
  const { plugins } = effectivePlugins(flags, minor);
  if (!plugins.includes('PodSecurity')) return { cluster, minor, podSecurity: undefined };
  const path = flags.get('admission-control-config-file').value;
  if (path === '') return { cluster, minor, podSecurity: unconfigured };
  const textOf = (name: string): { readonly text: string; readonly source: string } | undefined => {
    const file = component.files.get(name);
    return file?.kind === 'seen' && file.text !== undefined ? { text: file.text, source: file.source } : undefined;
  };
  const file = textOf(path);
  if (file === undefined) return { cluster, minor, podSecurity: undefined };
  const runs = (plugin: string) => plugins.includes(plugin);
  const loaded = loadAdmissionConfiguration(file.text, { path, minor, source: file.source, runs, readFile: textOf });
  if (loaded.kind === 'refused') return { cluster, minor, podSecurity: undefined };
  const { podSecurity, plugins: entries } = loaded.configuration;
  if (podSecurity !== undefined) return { cluster, minor, podSecurity: podSecurity.configuration };
  // An entry whose own file was not seen.
  const elsewhere = entries.some(({ name, path: own }) => name === 'PodSecurity' && own !== '');
  return { cluster, minor, podSecurity: elsewhere ? undefined : unconfigured };
}

/** Who makes a workload's pods: Pod Security can exempt it by name. */
const makers: Readonly<Record<string, string>> = {
  Deployment: 'replicaset-controller',
  ReplicaSet: 'replicaset-controller',
  ReplicationController: 'replication-controller',
  StatefulSet: 'statefulset-controller',
  DaemonSet: 'daemon-set-controller',
  Job: 'job-controller',
  CronJob: 'job-controller',
};

/** Why a workload's pod would not be admitted at its next start; `undefined`: it would be. */
function refusalOf({ cluster, minor, podSecurity }: PodWorld, { object, namespace, template }: Workload): string | undefined {
  if (template === undefined) return undefined;
  const own = cluster.objects.get('Namespace', undefined, namespace);
  if (podSecurity !== undefined) {
    const maker = makers[kindOf(object.kind)];
    const answer = admitPodSecurity(
      {
        operation: 'CREATE',
        resource: 'pods',
        group: '',
        subresource: '',
        object: { metadata: template.metadata, spec: template.spec },
        oldObject: {},
        namespace: { name: namespace, labels: own === undefined ? {} : labelsOf(own) },
        username: maker === undefined ? '' : `system:serviceaccount:kube-system:${maker}`,
        pods: [],
      },
      podSecurity,
      { minor },
    );
    if (!answer.allowed) return answer.message;
  }
  const inNamespace = (kind: string): readonly JsonObject[] =>
    cluster.objects
      .ofKind(kind)
      .filter((one) => one.namespace === namespace)
      .map(({ manifest }) => manifest);
  const limits = { namespace, limitRanges: inNamespace('LimitRange'), resourceQuotas: inNamespace('ResourceQuota') };
  return podRefusal(limits, template.metadata, template.spec, minor)?.message;
}

function kindOf(kind: string): string {
  return kind.split('.')[0] ?? kind;
}

function nameOf({ object, namespace }: Workload): string {
  return `${kindOf(object.kind)} ${namespace}/${object.name}`;
}

/** A workload whose pod the plan would have refused at its next start, and how to tell whether a world still refuses it. */
export interface RefusedPod {
  readonly difference: Omit<Difference, 'exception'>;
  readonly leaveOut: readonly string[];
  readonly namespace: string;
  readonly refusedIn: (world: PodWorld) => boolean;
}

/**
 * Workloads whose pods run today and would be refused at their next start by what the plan changes: Pod Security, LimitRanges, quotas
 * (with nothing used). Those that are refused today already are not the plan's.
 */
export function refusedPods(today: PodWorld, planned: PodWorld, finder: CauseFinder<PodWorld>): readonly RefusedPod[] {
  const before = new Map(workloadsOf(today));
  const found: RefusedPod[] = [];
  for (const [name, workload] of workloadsOf(planned)) {
    const former = before.get(name);
    if (former === undefined || refusalOf(today, former) !== undefined) continue;
    const refusal = refusalOf(planned, workload);
    if (refusal === undefined) continue;
    const refusedIn = (world: PodWorld): boolean => {
      const own = workloadsOf(world).get(name);
      return own !== undefined && refusalOf(world, own) !== undefined;
    };
    const { causes, leaveOut } = finder.causes(refusedIn);
    found.push({
      difference: {
        id: differenceId(['object', name]),
        kind: 'object',
        who: { user: name, groups: [], kind: 'workload' },
        what: `the next start of a pod of ${name}`,
        requests: 0,
        first: '',
        last: '',
        userAgents: [],
        today: 'admitted',
        planned: refusal,
        causes,
        auditIDs: [],
      },
      leaveOut,
      namespace: workload.namespace,
      refusedIn,
    });
  }
  return found.sort((a, b) => (a.difference.what < b.difference.what ? -1 : 1));
}

const known = new WeakMap<Cluster, ReadonlyMap<string, Workload>>();

function workloadsOf({ cluster }: PodWorld): ReadonlyMap<string, Workload> {
  const made = known.get(cluster) ?? new Map(judgedWorkloads(cluster, () => false).map((one) => [nameOf(one), one]));
  known.set(cluster, made);
  return made;
}
