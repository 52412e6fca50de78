import type { Change, FieldEdit } from '../../cluster/change.ts';
import { distributionOf } from '../../cluster/component-version.ts';
import type { JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, valueAt } from '../../cluster/json.ts';
import { absentFile, kubeadmPki, usesKubeadmPki } from '../kubeadm-pki.ts';
import type { Mending } from '../mending.ts';

/** Settings of etcd by flag name, and their values. */
type Values = ReadonlyMap<string, string>;

/** Members of etcd's configuration file that hold a setting in a section. */
const sections: Readonly<Record<string, string>> = Object.fromEntries(
  ['cert-file', 'key-file', 'trusted-ca-file', 'client-cert-auth', 'auto-tls'].map((name) => [name, 'client-transport-security']),
);

/** Changes of a member after which clients are served over TLS alone and must show a certificate; a text says why there are none. */
export function mendMember(at: Mending): readonly Change[] | string {
  const distribution = distributionOf(at.cluster);
  if (distribution === 'k3s' || distribution === 'rke2')
    return `${distribution} serves its etcd over TLS with certificates of its own: take listen-client-urls and the like out of \`etcd-arg\` of /etc/rancher/${distribution}/config.yaml`;
  const hidden = ['cert-file', 'key-file', 'trusted-ca-file']
    .map((name) => at.file(name))
    .find((file) => file.kind === 'missing');
  if (hidden !== undefined)
    return `${hidden.path}: ${hidden.reason}; the certificates must be there before anything can be planned`;
  const values = new Map<string, string>();
  const certificate = pair(at);
  const authority = trustedCa(at);
  if (certificate === undefined)
    return 'no certificate of etcd was seen: issue one with a CA of its own (kubeadm init phase certs etcd-server), then name it by --cert-file and --key-file';
  if (authority === undefined)
    return 'the CA that signs the certificates of etcd’s clients was not seen: name it by --trusted-ca-file';
  const absent = absentFile(at, [...certificate, authority]);
  if (absent !== undefined)
    return `${absent} is not on the host: issue it first (\`kubeadm init phase certs etcd-server\`), then plan again`;
  for (const flag of ['listen-client-urls', 'listen-client-http-urls', 'advertise-client-urls']) {
    const urls = at.flag(flag).value;
    if (urls !== '' || flag === 'listen-client-urls') values.set(flag, secure(urls === '' ? 'http://localhost:2379' : urls));
  }
  values
    .set('cert-file', certificate[0])
    .set('key-file', certificate[1])
    .set('trusted-ca-file', authority)
    .set('client-cert-auth', 'true');
  if (at.flag('listen-metrics-urls').value === '') values.set('listen-metrics-urls', 'http://127.0.0.1:2381');
  const settings = settingChanges(at, values);
  return typeof settings === 'string'
    ? settings
    : [...settings, ...(configurationFile(at) === '' ? at.remove('auto-tls') : []), ...probeChanges(at)];
}

/** `http://` becomes `https://` in a list of URLs. */
export function secure(urls: string): string {
  return urls
    .split(',')
    .map((url) => url.trim().replace(/^http:\/\//, 'https://'))
    .join(',');
}

/** The pair that is set, else kubeadm's, else the one for peers. */
function pair(at: Mending): readonly [string, string] | undefined {
  const named = (cert: string, key: string): readonly [string, string] | undefined => {
    const values = [valueOf(at, cert), valueOf(at, key)] as const;
    return values[0] === '' || values[1] === '' ? undefined : values;
  };
  const own = named('cert-file', 'key-file');
  if (own !== undefined) return own;
  if (usesKubeadmPki(at)) return [`${kubeadmPki}/etcd/server.crt`, `${kubeadmPki}/etcd/server.key`];
  return named('peer-cert-file', 'peer-key-file');
}

/** What counts, else what stands on the command line beside a file that alone counts: the paths are right, their place is not. */
function valueOf(at: Mending, name: string): string {
  const prefix = `--${name}=`;
  const word = at.component.commandLine.arguments.find(({ text }) => text.startsWith(prefix))?.text;
  return at.flag(name).value || (word?.slice(prefix.length) ?? '');
}

function trustedCa(at: Mending): string | undefined {
  const own = valueOf(at, 'trusted-ca-file') || valueOf(at, 'peer-trusted-ca-file');
  if (own !== '') return own;
  if (usesKubeadmPki(at)) return `${kubeadmPki}/etcd/ca.crt`;
  const beside = at.flag('cert-file').value.replace(/[^/]*$/, 'ca.crt');
  return at.component.files.get(beside)?.kind === 'seen' ? beside : undefined;
}

function configurationFile(at: Mending): string {
  return at.component.environment.get('ETCD_CONFIG_FILE')?.value ?? at.flag('config-file').value;
}

/** On the command line; in the file where one is named, since it alone counts then; a variable of the same name goes. */
function settingChanges(at: Mending, values: Values): readonly Change[] | string {
  const path = configurationFile(at);
  if (path !== '') {
    const file = at.component.files.get(path);
    if (file?.kind !== 'seen' || file.text === undefined)
      return `the file ${path} of etcd’s --config-file was not seen, and it alone counts`;
    const edits = [...values].map(([name, value]): FieldEdit => {
      const section = sections[name];
      const typed = value === 'true' ? true : value;
      return { op: 'set', path: section === undefined ? [name] : [section, name], value: typed };
    });
    return at.edit(file.path, edits);
  }
  const shadowed = [...values.keys(), 'auto-tls'].filter((name) => at.component.environment.has(variable(name)));
  const removals = shadowed.length === 0 ? [] : environmentEdits(at, shadowed.map(variable));
  if (removals === undefined)
    return `etcd reads ${shadowed.map(variable).join(', ')} from its environment, which stops it beside the flags: change them there to ${[...values].map(([name, value]) => `${variable(name)}=${value}`).join(' ')}`;
  const manifest: readonly Change[] =
    removals.length === 0 ? [] : [{ kind: 'edit-manifest', host: at.host, component: 'etcd', edits: removals }];
  const forced = [...values].flatMap(([name, value]): readonly Change[] =>
    shadowed.includes(name) ? [{ kind: 'set-flag', host: at.host, component: 'etcd', flag: name, value }] : at.set(name, value),
  );
  return [...manifest, ...forced];
}

function variable(name: string): string {
  return `ETCD_${name.toUpperCase().replaceAll('-', '_')}`;
}

interface EtcdContainer {
  readonly index: number;
  readonly container: JsonObject;
}

function containerOf(at: Mending): EtcdContainer | undefined {
  const containers = listAt(valueAt(at.component.document.value, ['spec', 'containers']));
  const named = containers.findIndex((container) => stringAt(objectAt(container)['name']) === 'etcd');
  const index = Math.max(named, 0);
  const container = containers[index];
  return isObject(container) ? { index, container } : undefined;
}

/** Takes variables out of the static pod; `undefined` where etcd is no pod. */
function environmentEdits(at: Mending, names: readonly string[]): readonly FieldEdit[] | undefined {
  const found = containerOf(at);
  if (found === undefined) return undefined;
  return listAt(found.container['env'])
    .map((entry, position) => ({ position, name: stringAt(objectAt(entry)['name']) ?? '' }))
    .filter(({ name }) => names.includes(name))
    .toReversed()
    .map(({ position }): FieldEdit => ({ op: 'remove', path: ['spec', 'containers', found.index, 'env', position] }));
}

/** Probes of the client port have no certificate: they ask the metrics port. */
function probeChanges(at: Mending): readonly Change[] {
  const found = containerOf(at);
  if (found === undefined) return [];
  const metrics = at.flag('listen-metrics-urls').value;
  const port = Number(/:(\d+)\/?$/.exec(metrics)?.[1] ?? '2381');
  const edits = ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((probe): readonly FieldEdit[] => {
    const get = objectAt(objectAt(found.container[probe])['httpGet']);
    if (get['port'] !== 2379 || get['scheme'] === 'HTTPS') return [];
    const path = ['spec', 'containers', found.index, probe, 'httpGet'];
    return [
      { op: 'set', path: [...path, 'host'], value: '127.0.0.1' },
      { op: 'set', path: [...path, 'port'], value: port },
    ];
  });
  return edits.length === 0 ? [] : [{ kind: 'edit-manifest', host: at.host, component: 'etcd', edits }];
}
