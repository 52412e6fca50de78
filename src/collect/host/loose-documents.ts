import type { Component } from '../../cluster/component.ts';
import type { Document } from '../../cluster/document.ts';
import type { Gap } from '../../cluster/gap.ts';
import type { FieldPath, Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import { redactDocument } from '../redact.ts';
import type { ReadHostFile } from './file-reading.ts';
import type { KubeadmHost } from './kubeadm-configuration.ts';
import { isKubeadm, kubeadmComponents, kubeadmHostOf } from './kubeadm-configuration.ts';
import { isMirrorPod } from './mirror-pods.ts';
import type { ConfiguredComponent } from './configured-component.ts';
import { componentOfPod } from './static-pod.ts';
import { gapOfProblem } from './read-yaml.ts';
import { withFiles } from './with-files.ts';

/** What documents that lay loose say of components. */
export interface LooseComponents {
  readonly components: readonly Component[];
  /** kubeadm's documents. */
  readonly configurations: readonly Document[];
  readonly gaps: readonly Gap[];
}

/**
 * Finds control-plane components in documents that no host tree holds: static pod manifests (also in Lists), kubeadm's
 * ClusterConfiguration as a file or in ConfigMap kube-system/kubeadm-config. `host` names the host where nothing in the documents does.
 * A Pod counts when it runs a component as a static pod would: on the host's network or in a namespace of the control plane, and not
 * owned by a workload; mirror pods are mirror-pods.ts' matter. A kubeadm configuration is taken up beside manifests: readers prefer those.
 */
export async function componentsFromDocuments(
  documents: readonly Document[],
  readFile: ReadHostFile,
  options: { readonly host: string },
): Promise<LooseComponents> {
  const found: ConfiguredComponent[] = [];
  const gaps: Gap[] = [];
  const configurations: Document[] = [];
  const hosts = kubeadmHosts(documents, options.host);
  for (const document of documents) {
    if (isKubeadm(document.value, 'ClusterConfiguration')) {
      const clean = redactDocument(document);
      configurations.push(clean);
      found.push(...kubeadmComponents(clean, hosts.get(document.source) ?? { host: options.host }));
    }
    for (const { base, object } of objectsIn(document.value, [])) {
      const embedded = kubeadmConfigMap(object);
      if (embedded !== undefined) {
        const { documents: inner, problems } = parseDocuments(embedded, document.source);
        gaps.push(...problems.map((problem) => withoutPlace(gapOfProblem(problem, document.source))));
        for (const { value } of inner.filter((item) => isKubeadm(item.value, 'ClusterConfiguration'))) {
          // Lines inside the ConfigMap's text are not the file's: the field path alone is the place.
          const clean = redactDocument({ value, source: document.source });
          configurations.push(clean);
          found.push(...kubeadmComponents(clean, { host: options.host }));
        }
      } else if (isStaticPod(object)) {
        const configured = componentOfPod(document, base, { host: options.host, seenAs: 'static-pod', running: false });
        if (configured !== undefined) found.push(configured);
      }
    }
  }
  const components: Component[] = [];
  for (const configured of found) {
    const complete = await withFiles(configured, readFile);
    components.push(complete.component);
    gaps.push(...complete.gaps);
  }
  return { components, configurations, gaps };
}

function withoutPlace(gap: Gap): Gap {
  return { source: gap.source, reason: gap.reason, ...(gap.hint === undefined ? {} : { hint: gap.hint }) };
}

/** The host parts of Init- and JoinConfigurations, by the file they stand in. */
export function kubeadmHosts(documents: readonly Document[], fallback: string): ReadonlyMap<string, KubeadmHost> {
  const hosts = new Map<string, KubeadmHost>();
  for (const { value, source } of documents) {
    if (isKubeadm(value, 'InitConfiguration') || isKubeadm(value, 'JoinConfiguration'))
      hosts.set(source, kubeadmHostOf(value, fallback));
  }
  return hosts;
}

function* objectsIn(value: Json, base: FieldPath): Generator<{ base: FieldPath; object: JsonObject }> {
  if (Array.isArray(value)) {
    for (const [index, item] of listAt(value).entries()) yield* objectsIn(item, [...base, index]);
  } else if (isObject(value)) {
    const kind = stringAt(value['kind']) ?? '';
    if (kind.endsWith('List') && Array.isArray(value['items'])) {
      const itemKind = kind === 'List' ? undefined : kind.slice(0, -4);
      for (const [index, item] of listAt(value['items']).entries()) {
        // Items of a typed list need not repeat their kind.
        const object = objectAt(item);
        yield {
          base: [...base, 'items', index],
          object: itemKind !== undefined && object['kind'] === undefined ? { ...object, kind: itemKind } : object,
        };
      }
    } else yield { base, object: value };
  }
}

const controlPlaneNamespace = /^(?:kube-system|openshift-(?:etcd|kube-apiserver|kube-controller-manager|kube-scheduler))$/;

function isStaticPod(object: JsonObject): boolean {
  if (object['kind'] !== 'Pod' || object['apiVersion'] !== 'v1')
    return object['kind'] === 'Pod' && object['apiVersion'] === undefined && isStaticPod({ ...object, apiVersion: 'v1' });
  const metadata = objectAt(object['metadata']);
  const namespace = stringAt(metadata['namespace']);
  const owners = listAt(metadata['ownerReferences']).filter(isObject);
  if (owners.some((owner) => owner['kind'] !== 'Node')) return false;
  if (isMirrorPod({ kind: 'Pod', namespace, manifest: object })) return false;
  return namespace === undefined ? objectAt(object['spec'])['hostNetwork'] === true : controlPlaneNamespace.test(namespace);
}

function kubeadmConfigMap(object: JsonObject): string | undefined {
  const metadata = objectAt(object['metadata']);
  if (object['kind'] !== 'ConfigMap' || metadata['name'] !== 'kubeadm-config' || metadata['namespace'] !== 'kube-system')
    return undefined;
  return stringAt(objectAt(object['data'])['ClusterConfiguration']);
}
