import type { Change, FieldEdit } from '../cluster/change.ts';
import type { FieldPath, JsonObject } from '../cluster/json.ts';
import { isObject, objectAt, stringAt, valueAt } from '../cluster/json.ts';
import type { Mending } from './mending.ts';
import { containerPath } from './pod-mounts.ts';

interface Probe {
  /** From the top of the Pod. */
  readonly path: FieldPath;
  readonly probe: JsonObject;
}

const probeFields = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;

/** Probes of the container that runs the component, where its configuration is a Pod. */
function probesOf(at: Mending): readonly Probe[] {
  const place = containerPath(at);
  const container = place === undefined ? {} : objectAt(valueAt(at.component.document.value, place));
  return probeFields.flatMap((field) => {
    const probe = container[field];
    return isObject(probe) ? [{ path: [...(place ?? []), field], probe }] : [];
  });
}

/**
 * Turns HTTPS probes, which a kubelet sends without credentials, into `tcpSocket` on the same host and port: the way to keep a
 * server alive that answers anonymous requests with 401.
 */
export function tcpProbes(at: Mending): readonly Change[] {
  const edits = probesOf(at).flatMap(({ path, probe }): readonly FieldEdit[] => {
    const get = probe['httpGet'];
    if (!isObject(get) || get['scheme'] !== 'HTTPS') return [];
    const host = stringAt(get['host']);
    const { port } = get;
    const securePort = Number(at.flag('secure-port').value || '6443');
    const value = {
      ...(host === undefined ? {} : { host }),
      port: typeof port === 'string' || typeof port === 'number' ? port : securePort,
    };
    return [
      { op: 'remove', path: [...path, 'httpGet'] },
      { op: 'set', path: [...path, 'tcpSocket'], value },
    ];
  });
  return manifestEdits(at, edits);
}

/** Sends probes of a loopback address to the address that the server listens on. */
export function probesTo(at: Mending, address: string): readonly Change[] {
  const edits = probesOf(at).flatMap(({ path, probe }) =>
    ['httpGet', 'tcpSocket'].flatMap((kind): readonly FieldEdit[] => {
      const host = stringAt(objectAt(probe[kind])['host']);
      const loopback = host !== undefined && (host === 'localhost' || host === '::1' || host.startsWith('127.'));
      return loopback ? [{ op: 'set', path: [...path, kind, 'host'], value: address }] : [];
    }),
  );
  return manifestEdits(at, edits);
}

function manifestEdits(at: Mending, edits: readonly FieldEdit[]): readonly Change[] {
  return edits.length === 0 ? [] : [{ kind: 'edit-manifest', host: at.host, component: at.component.name, edits }];
}
