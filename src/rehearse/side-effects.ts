import type { AccessRow } from '../audit/store/types.ts';
import type { User } from '../authentication/user.ts';
import { serviceAccountUsername } from '../authentication/user.ts';
import type { Change } from '../cluster/change.ts';
import { objectAt } from '../cluster/json.ts';
import { describeChange } from '../plan/describe.ts';
import type { Plan } from '../plan/plan.ts';
import { changesOf } from './causes.ts';
import { concernsAccess } from './concerns.ts';
import type { Difference, SideEffect } from './rehearsal.ts';
import { describeAccess } from './who.ts';

/** What a plan touches, as far as it can reach somebody without a trace in a log. */
interface Touched {
  readonly anonymous: boolean;
  readonly access: boolean;
  readonly tls: boolean;
  readonly tokens: readonly string[];
  /** User names of the accounts whose own object says so. */
  readonly accounts: ReadonlySet<string>;
}

const anonymousFlags: ReadonlySet<string> = new Set(['anonymous-auth', 'authentication-config']);
const tlsFlags: ReadonlySet<string> = new Set(['tls-min-version', 'tls-cipher-suites']);

function touchedBy(changes: readonly Change[]): Touched {
  const flags = changes.flatMap((change) => (change.kind === 'set-flag' || change.kind === 'remove-flag' ? [change] : []));
  return {
    anonymous:
      flags.some(({ flag }) => anonymousFlags.has(flag)) ||
      changes.some(
        (change) =>
          (change.kind === 'write-file' && /kind:\s*"?AuthenticationConfiguration/.test(change.text)) ||
          (change.kind === 'edit-file' && change.edits.some(({ path }) => path[0] === 'anonymous')),
      ),
    access: changes.some(concernsAccess),
    tls: flags.some(({ flag }) => tlsFlags.has(flag)),
    tokens: changes.filter(cutsTokens).map(describeChange),
    accounts: new Set(changes.filter(cutsTokens).flatMap(accountOf)),
  };
}

/** The account that a change is of. */
function accountOf(change: Change): readonly string[] {
  if (change.kind !== 'patch-object' || change.object.kind !== 'ServiceAccount') return [];
  const { namespace = '', name } = change.object;
  return [serviceAccountUsername({ namespace, name })];
}

/** Whether pods come to be without a token, or a token that is stored goes. */
function cutsTokens(change: Change): boolean {
  if (change.kind === 'delete-object') return change.object.kind === 'Secret';
  if (change.kind !== 'patch-object') return false;
  const { patch } = change;
  const spec = objectAt(patch['spec']);
  const template = objectAt(objectAt(spec['template'])['spec']);
  return [patch, spec, template].some((part) => part['automountServiceAccountToken'] === false);
}

/** Clients of an age at which their TLS ends at 1.0 or 1.1, or knows CBC ciphers alone. */
const oldClients =
  /\b(Java\/1\.[5-7]|Python-urllib\/2|python-requests\/[01]\.|curl\/7\.[0-2]\d?\.|OpenSSL\/(0\.|1\.0\.0)|kubectl\/v1\.[0-9]\.|Go 1\.[0-7] )/;
const healthPath = /^\/(healthz|livez|readyz)(\/|$)/;
const mostSeen = 5;

/** Counts what speaks for each side effect. */
class Seen {
  readonly #counts = new Map<string, number>();

  add(text: string, count: number): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + count);
  }

  lines(): readonly string[] {
    const all = [...this.#counts].sort((a, b) => b[1] - a[1]);
    const more = all.length > mostSeen ? [`and ${all.length - mostSeen} more`] : [];
    return [...all.slice(0, mostSeen).map(([text, count]) => `${text} (${count} ×)`), ...more];
  }
}

function isAnonymous({ username }: User): boolean {
  return username === 'system:anonymous';
}

/** Gathers from the accesses of a log what speaks for side effects that a log cannot prove. */
export class SideEffectFinder {
  readonly #touched: Touched;
  readonly #health = new Seen();
  readonly #clusterInfo = new Seen();
  readonly #balancers = new Seen();
  readonly #metrics = new Seen();
  readonly #old = new Seen();
  readonly #accounts = new Seen();

  constructor(plan: Plan) {
    this.#touched = touchedBy(changesOf(plan).map(({ change }) => change));
  }

  add({ user, attributes, userAgent, sourceIP, count }: AccessRow): void {
    const client = `${userAgent === '' ? 'no user agent' : userAgent} from ${sourceIP === '' ? 'nowhere' : sourceIP}`;
    if (attributes.kind === 'nonResource') {
      const { path } = attributes;
      if (isAnonymous(user) && healthPath.test(path)) {
        const probe = userAgent.startsWith('kube-probe/') ? this.#health : this.#balancers;
        probe.add(`${path} by ${client}`, count);
      } else if (isAnonymous(user)) this.#balancers.add(`${path} by ${client}`, count);
      if (path.startsWith('/metrics')) this.#metrics.add(`${path} by ${user.username}`, count);
    } else {
      const { resource, name, namespace, subresource } = attributes;
      if (resource === 'configmaps' && name === 'cluster-info' && namespace === 'kube-public' && isAnonymous(user))
        this.#clusterInfo.add(`${describeAccess(attributes)} by ${client}`, count);
      if (attributes.apiGroup === 'metrics.k8s.io' || (resource === 'nodes' && subresource === 'metrics'))
        this.#metrics.add(`${describeAccess({ ...attributes, name: '' })} by ${user.username}`, count);
    }
    if (oldClients.test(userAgent)) this.#old.add(client, count);
    if (this.#touched.accounts.has(user.username)) this.#accounts.add(user.username, count);
  }

  /** What the plan can bring about, by name; `differences` are those found. */
  effects(differences: readonly Difference[]): readonly SideEffect[] {
    const { anonymous, access, tls, tokens } = this.#touched;
    const effects: SideEffect[] = [];
    const add = (name: string, text: string, seen: readonly string[]): void => {
      effects.push({ name, text, seen });
    };
    if (anonymous) {
      add(
        'anonymous health probes',
        'kubelets and monitoring ask /livez and /readyz without credentials: the probes of the static pod too, which no node reports as a refusal',
        this.#health.lines(),
      );
      add(
        'load balancers',
        'a health check of a load balancer that asks without credentials counts a 401 as down',
        this.#balancers.lines(),
      );
      add(
        'cluster-info on join',
        'kubeadm join with a token reads kube-public/cluster-info without credentials; a log shows it only if a node joined in its time',
        this.#clusterInfo.lines(),
      );
    }
    if (anonymous || access)
      add(
        'metrics scrapers',
        'whoever reads /metrics or metrics.k8s.io needs a credential and the right to it',
        this.#metrics.lines(),
      );
    if (tls)
      add(
        'old TLS clients',
        'not visible in an audit log: neither version nor cipher is written. These user agents hint at clients that may not know TLS 1.2 or its ciphers',
        this.#old.lines(),
      );
    if (tokens.length > 0)
      add(
        'service accounts without a token',
        `pods that start anew have no token any more where ${tokens.slice(0, 3).join('; ')}${tokens.length > 3 ? `; and ${tokens.length - 3} more` : ''}`,
        this.#accounts.lines(),
      );
    const cut = differences.filter(({ kind, who }) => kind === 'refused' && who.kind !== 'person' && who.kind !== 'nobody');
    if (cut.length > 0)
      add(
        'controllers that lose rights they use',
        'a controller that is refused retries and logs it; what it looks after stands still',
        cut.slice(0, mostSeen).map(({ who, what, requests, id }) => `${who.user}: ${what} (${requests} ×, ${id})`),
      );
    const pods = differences.filter(({ kind }) => kind === 'object');
    if (pods.length > 0)
      add(
        'pods at their next start',
        'they run on now; their next start is refused, on a node that fails or at the next rollout',
        pods.slice(0, mostSeen).map(({ who, id }) => `${who.user} (${id})`),
      );
    return effects;
  }
}
