import { effectivePlugins } from '../../admission/plugins.ts';
import type { Level } from '../../admission/pod-security/policy.ts';
import { compareLevels, parseLevel } from '../../admission/pod-security/policy.ts';
import { distributionOf } from '../../cluster/component-version.ts';
import { placeOf } from '../../cluster/document.ts';
import { newestMinor } from '../../cluster/version.ts';
import type { Evidence } from '../../results/finding.ts';
import type { Context, Parameters } from '../control.ts';
import type { ComponentView } from '../per-component.ts';
import { perComponent } from '../per-component.ts';
import { pluginFlags } from './plugin-flags.ts';
import type { ReadPodSecurity } from './pod-security-of.ts';
import { podSecurityOf } from './pod-security-of.ts';

/** What the API servers that were seen say about namespaces without a label of their own. */
export interface PodSecurityDefault {
  /** `undefined`: not seen on every API server. */
  readonly level: Level | undefined;
  readonly whyUnknown: string;
  /** Where the level stands. */
  readonly evidence: readonly Evidence[];
  /** Namespaces that an API server exempts, and where. */
  readonly exempt: ReadonlyMap<string, Evidence>;
  /** A server that was seen runs without the plug-in. */
  readonly pluginOff: Evidence | undefined;
}

/** What is said where the settings ask for a level that does not exist. */
export function unknownLevel(text: string): string {
  return `the settings ask for the level \`${text}\`, expected privileged, baseline or restricted`;
}

interface OfServer {
  readonly level: Level | undefined;
  readonly why: string;
  readonly evidence: Evidence;
}

/** Reads the cluster default of Pod Security: of several API servers the laxest counts, one that was not seen leaves it unknown. */
export function podSecurityDefault<P extends Parameters>(context: Context<P>): PodSecurityDefault {
  const servers: OfServer[] = [];
  const exempt = new Map<string, Evidence>();
  let pluginOff: Evidence | undefined;
  const flags = ['admission-control-config-file', ...pluginFlags];
  const drafts = perComponent(context, { component: 'kube-apiserver', flags }, (view) => {
    const minor = view.minor ?? newestMinor;
    const on = effectivePlugins(view.flags, minor).plugins.includes('PodSecurity');
    if (!on)
      pluginOff ??= view.flagEvidence(
        view.flag('admission-control').given ? 'admission-control' : 'disable-admission-plugins',
        'PodSecurity on',
      );
    const read = podSecurityOf(view, minor);
    for (const [name, evidence] of exemptionsOf(read)) exempt.set(name, evidence);
    const server = ofServer(view, read);
    view.fact('the default Pod Security level', server.level ?? '');
    servers.push(server);
    return { verdict: 'pass', message: '', evidence: [] };
  });
  // Servers that were not seen, or that do not start, have a draft but were not read.
  const unseen = [...drafts].length - servers.length;
  const provider = distributionOf(context.cluster);
  if (servers.length === 0 && (provider === 'eks' || provider === 'gke' || provider === 'aks')) {
    const evidence = { source: provider, seen: `${provider.toUpperCase()} leaves the default at privileged` };
    return { level: 'privileged', whyUnknown: '', evidence: [evidence], exempt, pluginOff };
  }
  const laxest = [...servers].sort((a, b) => rank(a) - rank(b))[0];
  // A privileged server decides whatever the others say.
  const settled = laxest?.level === 'privileged' || (unseen === 0 && servers.every((server) => server.level !== undefined));
  const open = servers.find((server) => server.level === undefined);
  return {
    level: settled ? laxest?.level : undefined,
    whyUnknown:
      open?.why ??
      'the cluster default was not seen: collect the flags of the API server and the file of --admission-control-config-file',
    evidence: settled && laxest !== undefined ? [laxest.evidence] : [],
    exempt,
    pluginOff,
  };
}

function rank({ level }: OfServer): number {
  return level === undefined ? Number.POSITIVE_INFINITY : compareLevels(level, 'privileged');
}

function ofServer(view: ComponentView, read: ReadPodSecurity): OfServer {
  const flag = view.flagEvidence('admission-control-config-file', 'a file with an enforcing default');
  if (read.kind === 'none') {
    const evidence = read.document === undefined ? flag : { ...placeOf(read.document, []), seen: read.why };
    return { level: 'privileged', why: '', evidence };
  }
  if (read.kind !== 'read') {
    const why = read.kind === 'unseen' ? read.why : `the API server refuses the file of its cluster default: ${read.message}`;
    return { level: undefined, why, evidence: flag };
  }
  const level = parseLevel(read.configuration.defaults.enforce) ?? 'privileged';
  const place = placeOf(read.document, [...read.base, 'defaults', 'enforce']);
  return { level, why: '', evidence: { ...place, seen: `defaults.enforce: ${level}` } };
}

function exemptionsOf(read: ReadPodSecurity): readonly (readonly [string, Evidence])[] {
  if (read.kind !== 'read') return [];
  return read.configuration.exemptions.namespaces.map((name, index) => {
    const place = placeOf(read.document, [...read.base, 'exemptions', 'namespaces', index]);
    return [name, { ...place, seen: `exempt: ${name}` }];
  });
}
