import { loadAuditPolicy } from '../audit/policy-file.ts';
import { bundledRequestLines, coverage as judgePolicy } from '../audit/requests.ts';
import type { LoadReport, LogCoverage } from '../audit/store/types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { clusterVersion } from '../cluster/component-version.ts';
import { seenComponents } from '../cluster/components.ts';
import { readFlags } from '../cluster/flags.ts';
import { newestMinor } from '../cluster/version.ts';
import type { Coverage } from './rehearsal.ts';
import { describeAccess } from './who.ts';

/** What no audit log shows, whatever its policy. */
const never: readonly string[] = [
  'requests to kubelets directly, and to etcd directly',
  'TLS versions and ciphers of clients, and connections that fail in the handshake',
  'the certificate or token itself: at most the id of the credential, so that its age is not known',
  'what traffic between pods a network policy would stop',
];

/** What the rehearsal can see: the log's own coverage, and what the policy that writes it leaves out. */
export function coverageOf(today: Cluster, log: LogCoverage, { sources }: LoadReport): Coverage {
  return {
    ...log,
    sources: sources.map(({ source, events, unreadable, lacks }) => ({ source, events, unreadable, lacks })),
    blind: blindSpots(today),
    never,
  };
}

function blindSpots(today: Cluster): readonly string[] {
  const minor = clusterVersion(today)?.minor ?? newestMinor;
  const servers = seenComponents(today, 'kube-apiserver');
  const [component] = servers;
  if (component === undefined) return ['no API server was seen: what its audit policy leaves out is not known'];
  const flags = readFlags(component, minor);
  const spots: string[] = [];
  if (servers.length > 1) spots.push(`${servers.length} API servers write a log each: give all of them`);
  const mode = flags.get('audit-log-mode').value;
  if (mode === 'batch') spots.push('--audit-log-mode=batch drops events when its buffer is full');
  const path = flags.get('audit-policy-file').value;
  if (path === '') return [...spots, 'no audit policy was seen on the API server: it may not have written this log'];
  const file = component.files.get(path);
  if (file?.kind !== 'seen' || file.text === undefined)
    return [...spots, `${path} was not collected: what the audit policy leaves out is not known`];
  const loaded = loadAuditPolicy(file.text, { path, minor, source: file.source });
  if (loaded.kind === 'refused') return [...spots, `${path} is refused by the server`];
  const unseen = judgePolicy(loaded.configuration, minor, bundledRequestLines()).filter(({ level }) => level === 'None');
  // The lines name example objects: what they stand for is the resource and the verb.
  const verbs = new Map<string, Set<string>>();
  for (const { line } of unseen) {
    const { request } = line;
    const what =
      request.kind === 'nonResource' ? request.path : describeAccess({ ...request, verb: '', name: '', namespace: '' });
    verbs.set(what, (verbs.get(what) ?? new Set()).add(request.verb));
  }
  const texts = [...verbs].map(([what, own]) => `${what}: ${[...own].join(', ')}`);
  return [...spots, ...texts];
}
