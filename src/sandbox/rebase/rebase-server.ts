import type { Component } from '../../cluster/component.ts';
import { gateEnabled } from '../../cluster/feature-gates.ts';
import { booleanOf, readFlags } from '../../cluster/flags.ts';
import { flagSpec } from '../../cluster/tables/flag-table.ts';
import { fileRoleOf } from '../../collect/host/file-flags.ts';
import { filesNamedIn } from '../../collect/host/flag-files.ts';
import type { Occurrence } from '../../plan/flags/edit-words.ts';
import { occurrencesOf } from '../../plan/flags/edit-words.ts';
import { deadUrl } from './configuration-edits.ts';
import type { ContentOptions, NamedHostFile } from './file-content.ts';
import { contentOf } from './file-content.ts';
import { rebasedPath } from './paths.ts';
import type { Loopback, RebasedServer, RebaseNote, SandboxFile } from './rebased.ts';

/** Flags that mean nothing on loopback, and what is therefore not proved. A file of theirs that is known to be missing stops all the same. */
const droppedFlags: ReadonlyMap<string, string> = new Map([
  ['etcd-servers', ''],
  ['etcd-servers-overrides', 'left out: all objects are in the one etcd of the sandbox'],
  ['audit-webhook-config-file', 'left out: no audit event is sent anywhere'],
  ['egress-selector-config-file', 'left out: the egress proxies were not asked, the file was not read'],
  ['cloud-provider', 'left out: no cloud was asked'],
  ['cloud-config', 'left out: no cloud was asked'],
  ['debug-socket-path', 'left out'],
  ['service-account-signing-endpoint', 'left out: a key of the sandbox signs in place of the external signer'],
]);

/**
 * Makes an API server's configuration fit to start on loopback: paths re-based below `loopback.root`, ports, addresses and etcd those of
 * the sandbox, stand-ins for keys; what cannot work there is left out. Every other word stays as it is, a wrong one too, so that the
 * server itself judges it. What every server needs is added only where the whole command line was not collected. `today`: the same server
 * before a plan's changes. Pure.
 */
export function rebaseServer(component: Component | undefined, today: Component | undefined, loopback: Loopback): RebasedServer {
  const rebase = new Rebase(component, today, loopback);
  return rebase.result();
}

class Rebase {
  readonly #component: Component | undefined;
  readonly #loopback: Loopback;
  readonly #options: ContentOptions;
  readonly #texts = new Map<string, string>();
  readonly #notes: RebaseNote[] = [];
  readonly #given = new Set<string>();
  readonly #issuers = new Map<string, string>();

  constructor(component: Component | undefined, today: Component | undefined, loopback: Loopback) {
    this.#component = component;
    this.#loopback = loopback;
    const flags = component === undefined ? undefined : readFlags(component, loopback.minor);
    this.#options = {
      loopback,
      today,
      gates: (name) => flags !== undefined && (gateEnabled(flags, 'kube-apiserver', loopback.minor, name) ?? name !== 'KMSv1'),
      automaticReload: flags !== undefined && booleanOf(flags.get('encryption-provider-config-automatic-reload')) === true,
    };
  }

  result(): RebasedServer {
    const words = this.#rebasedWords(this.#component?.commandLine.arguments.map((argument) => argument.text) ?? []);
    const files = [...this.#texts].map(([path, text]): SandboxFile => ({ path, text }));
    return { words, files, notes: this.#notes };
  }

  #rebasedWords(words: readonly string[]): readonly string[] {
    const kept: string[] = [];
    const byIndex = new Map(occurrencesOf(words, 'kube-apiserver').map((occurrence) => [occurrence.index, occurrence]));
    let lacksValue: string | undefined;
    for (let index = 0; index < words.length; index++) {
      const word = words[index] ?? '';
      const occurrence = byIndex.get(index);
      if (occurrence === undefined) {
        kept.push(word);
        continue;
      }
      this.#given.add(occurrence.name);
      const pair = occurrence.form === 'pair';
      if (pair && index + 1 >= words.length) lacksValue = word;
      else kept.push(...this.#flag(occurrence, word, pair ? (words[++index] ?? '') : valueOf(word)));
    }
    const terminator = kept.indexOf('--');
    const before = terminator < 0 ? kept : kept.slice(0, terminator);
    const after = terminator < 0 ? [] : kept.slice(terminator);
    return [...before, ...this.#ownWords(), ...(lacksValue === undefined ? [] : [lacksValue]), ...after];
  }

  #flag({ name, form }: Occurrence, word: string, value: string): readonly string[] {
    const unchanged = form === 'pair' ? [word, value] : [word];
    // What this version does not know stops it, and it says so best itself.
    if (flagSpec('kube-apiserver', this.#loopback.minor, name) === undefined || !word.startsWith('--')) return unchanged;
    const dropped = droppedFlags.get(name);
    if (dropped !== undefined) {
      const neutral = name === 'cloud-provider' && (value === '' || value === 'external');
      if (neutral || this.#isMissing(value)) return neutral ? unchanged : [`--${name}=${this.#path(value)}`];
      if (dropped !== '') this.#note(name, dropped);
      return [];
    }
    const changed = this.#value(name, value);
    return changed === undefined ? [] : changed === value ? unchanged : [`--${name}=${changed}`];
  }

  /** The value on loopback; `undefined` where the flag is left out. */
  #value(name: string, value: string): string | undefined {
    if (value === '') return value;
    if (name === 'oidc-issuer-url') return this.#issuer(value);
    if (name === 'audit-log-path') return value === '-' ? value : this.#path(value);
    if (name === 'tls-sni-cert-key') {
      const [, certificate = '', key = '', domains = ''] = /^([^,:]*),([^,:]*)((?::.*)?)$/s.exec(value) ?? [];
      if (certificate === '' || key === '') return value;
      this.#file(certificate, 'tls-cert-file');
      this.#file(key, 'tls-private-key-file');
      return `${this.#path(certificate)},${this.#path(key)}${domains}`;
    }
    const role = fileRoleOf(name);
    if (role === undefined) return value;
    const listed = flagSpec('kube-apiserver', this.#loopback.minor, name)?.type === 'strings';
    const paths = listed ? value.split(',') : [value];
    return paths.map((path) => this.#file(path, name)).includes(false)
      ? undefined
      : paths.map((path) => this.#path(path)).join(',');
  }

  #issuer(url: string): string {
    const standIn = deadUrl(url, this.#issuers);
    if (standIn !== url) this.#note('oidc-issuer-url', 'the OIDC issuer was not asked: its tokens are not accepted here');
    return standIn;
  }

  /** Lays out a file that a flag names, and those that it names in turn; false where the flag has to go. */
  #file(path: string, flag: string): boolean {
    const role = fileRoleOf(flag);
    return role === undefined || this.#named({ path, flag, role, file: this.#component?.files.get(path) });
  }

  #named(named: NamedHostFile): boolean {
    const content = contentOf(named, this.#options);
    if (content.kind === 'leave-out') {
      this.#note(named.flag, content.why);
      return false;
    }
    if (content.kind === 'nothing') return true;
    for (const note of content.notes) this.#note(named.flag, note);
    const place = this.#path(named.path);
    const former = this.#texts.get(place);
    // One file may hold a certificate and its key, or both keys for service accounts.
    if (former === undefined) this.#texts.set(place, content.text);
    else if (!former.includes(content.text)) this.#texts.set(place, `${former.trimEnd()}\n${content.text}`);
    else return true;
    if (named.role !== 'configuration' || named.file?.kind !== 'seen' || named.file.text === undefined) return true;
    for (const nested of filesNamedIn(named.file.text, named.path, named.file.path))
      if (!this.#texts.has(this.#path(nested.path)) && nested.path !== named.path)
        this.#named({ ...nested, flag: named.flag, file: this.#component?.files.get(nested.path) });
    return true;
  }

  #isMissing(path: string): boolean {
    return this.#component?.files.get(path)?.kind === 'missing';
  }

  #path(path: string): string {
    return rebasedPath(this.#loopback.root, path);
  }

  #note(flag: string, note: string): void {
    if (!this.#notes.some((known) => known.flag === flag && known.note === note)) this.#notes.push({ flag, note });
  }

  /** The sandbox's own flags. Of flags that hold one value the last counts, so that wrong ones before are still refused. */
  #ownWords(): readonly string[] {
    const { root, port, etcdUrl, etcdTlsUrl, etcdPrefix, authority, certificate, key } = this.#loopback;
    const words = [
      `--etcd-servers=${this.#given.has('etcd-cafile') ? etcdTlsUrl : etcdUrl}`,
      `--etcd-prefix=${etcdPrefix}`,
      '--bind-address=127.0.0.1',
      `--advertise-address=${this.#isIPv6() ? '::1' : '127.0.0.1'}`,
      `--secure-port=${port}`,
      '--endpoint-reconciler-type=none',
      '--logging-format=text',
      `--cert-dir=${root}/bulwark-cert-dir`,
    ];
    const own = (name: string, file: string, text: string): string => {
      const path = `${root}/bulwark-sandbox/${file}`;
      this.#texts.set(path, text);
      return `--${name}=${path}`;
    };
    if (!this.#given.has('client-ca-file')) {
      words.push(own('client-ca-file', 'ca.crt', authority));
      this.#note('client-ca-file', 'the sandbox adds an authority of its own, to ask as an administrator');
    }
    if (!this.#given.has('tls-cert-file') && !this.#given.has('tls-private-key-file'))
      words.push(own('tls-cert-file', 'server.crt', certificate), own('tls-private-key-file', 'server.key', key));
    if (!this.#isWhole() || this.#given.has('service-account-signing-endpoint')) words.push(...this.#neededWords(own));
    return words;
  }

  /** Whether the command line is the whole one, so that what it lacks is lacking. */
  #isWhole(): boolean {
    const seenAs = this.#component?.seenAs;
    return seenAs !== undefined && seenAs !== 'kubeadm' && seenAs !== 'distribution';
  }

  #neededWords(own: (name: string, file: string, text: string) => string): readonly string[] {
    const { signingKey, publicKey } = this.#loopback;
    const needed: readonly (readonly [string, () => string])[] = [
      ['service-account-issuer', () => '--service-account-issuer=https://kubernetes.default.svc.cluster.local'],
      ['service-account-key-file', () => own('service-account-key-file', 'sa.pub', publicKey)],
      ['service-account-signing-key-file', () => own('service-account-signing-key-file', 'sa.key', signingKey)],
      ['service-cluster-ip-range', () => '--service-cluster-ip-range=10.96.0.0/12'],
      ['authorization-mode', () => (this.#given.has('authorization-config') ? '' : '--authorization-mode=Node,RBAC')],
    ];
    return needed.flatMap(([name, word]) => {
      if (this.#given.has(name)) return [];
      const text = word();
      if (text !== '') this.#note(name, 'added: the whole command line was not collected');
      return text === '' ? [] : [text];
    });
  }

  #isIPv6(): boolean {
    if (this.#component === undefined) return false;
    const range = readFlags(this.#component, this.#loopback.minor).get('service-cluster-ip-range').value;
    return (range.split(',')[0] ?? '').includes(':');
  }
}

function valueOf(word: string): string {
  const equals = word.indexOf('=');
  return equals < 0 ? 'true' : word.slice(equals + 1);
}
