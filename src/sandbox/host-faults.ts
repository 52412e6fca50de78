import type { Component } from '../cluster/component.ts';
import { placeOf } from '../cluster/document.ts';
import type { JsonObject } from '../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt } from '../cluster/json.ts';
import type { Place } from '../cluster/place.ts';
import { readFlags } from '../cluster/flags.ts';
import { containerOf } from '../plan/flags/pod-container.ts';

/** What stops a server on its host and cannot be shown on loopback. */
export interface HostFault {
  readonly message: string;
  readonly place?: Place;
}

/**
 * Finds what the sandbox cannot reproduce and the manifest shows all the same: an audit log in a read-only mount, files that the pod's user
 * may not read. Messages are the server's. Pure.
 */
export function hostFaults(component: Component, minor: number): readonly HostFault[] {
  const pod = containerOf(component.document.value, component.name);
  if (pod === undefined) return [];
  return [...readOnlyLog(component, pod.container, minor), ...unreadableFiles(component, pod.podSpec, pod.container)];
}

function readOnlyLog(component: Component, container: JsonObject, minor: number): readonly HostFault[] {
  const log = readFlags(component, minor).get('audit-log-path');
  if (!log.value.startsWith('/')) return [];
  const mount = listAt(container['volumeMounts'])
    .filter(isObject)
    .map((candidate) => ({ candidate, path: (stringAt(candidate['mountPath']) ?? '').replace(/\/+$/, '') }))
    .filter(({ path }) => path !== '' && (log.value === path || log.value.startsWith(`${path}/`)))
    .sort((a, b) => b.path.length - a.path.length)[0];
  const noMount = mount === undefined && objectAt(container['securityContext'])['readOnlyRootFilesystem'] === true;
  if (mount?.candidate['readOnly'] !== true && !noMount) return [];
  const message = `ensureLogFile: open ${log.value}: read-only file system`;
  return [{ message, ...(log.place === undefined ? {} : { place: log.place }) }];
}

function unreadableFiles(component: Component, podSpec: JsonObject, container: JsonObject): readonly HostFault[] {
  const security = { ...objectAt(podSpec['securityContext']), ...objectAt(container['securityContext']) };
  const user = security['runAsUser'];
  if (typeof user !== 'number' || user === 0) return [];
  const groups = [security['runAsGroup'] ?? 0, ...listAt(objectAt(podSpec['securityContext'])['supplementalGroups'])];
  const named = component.commandLine.arguments;
  return [...component.files].flatMap(([path, file]): HostFault[] => {
    if (file.kind !== 'seen' || file.mode === undefined || file.uid === undefined) return [];
    const bit = file.uid === user ? 0o400 : file.gid !== undefined && groups.includes(file.gid) ? 0o040 : 0o004;
    const word = named.find(({ text }) => text.includes(path));
    if ((file.mode & bit) !== 0 || word === undefined) return [];
    return [{ message: `open ${path}: permission denied`, place: word.place }];
  });
}

/** A probe that the kubelet makes without credentials. */
export interface KubeletProbe {
  /** `livenessProbe`. */
  readonly name: string;
  readonly path: string;
  readonly place: Place;
}

/** The HTTP probes of the server's container; those that carry headers of their own are left out. Pure. */
export function probesOf(component: Component): readonly KubeletProbe[] {
  const pod = containerOf(component.document.value, component.name);
  if (pod === undefined) return [];
  return ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((name): KubeletProbe[] => {
    const get = objectAt(objectAt(pod.container[name])['httpGet']);
    const path = stringAt(get['path']);
    if (path?.startsWith('/') !== true || listAt(get['httpHeaders']).length > 0) return [];
    return [{ name, path, place: placeOf(component.document, [...pod.at, name]) }];
  });
}

/** What a probe's answer means; the kubelet takes 200 to 399 for success. Source: kubernetes pkg/probe/http. */
export function probeFault({ name, path, place }: KubeletProbe, status: number): HostFault | undefined {
  if (status >= 200 && status < 400) return undefined;
  const effect = name === 'readinessProbe' ? 'it is never ready' : 'the kubelet restarts it again and again';
  return { message: `${name} GET ${path} without credentials is answered ${status}: ${effect}`, place };
}
