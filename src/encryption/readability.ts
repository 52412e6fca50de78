import type { EncryptionConfiguration } from './configuration.ts';
import type { DataKeyAnswer, DataKeyRequest, KmsPlugin, KmsPlugins } from './providers/kms-plugin.ts';
import { joinedMessage } from './providers/prefix-union.ts';
import { storagePathOf } from './storage-path.ts';
import { readStoredObject } from './stored-object.ts';
import type { Transformers } from './transformers.ts';
import { compileTransformers, dataKeyRequests, openValue } from './transformers.ts';

/** What a server with a configuration makes of a stored value. */
export type Readability =
  /** `stale`: the next write of the object changes provider or key. */
  | { readonly kind: 'readable'; readonly resource: string; readonly stale: boolean }
  /** `why`: the server's own words. */
  | { readonly kind: 'unreadable'; readonly resource: string; readonly why: string }
  | { readonly kind: 'unknown'; readonly resource: string; readonly why: string }
  /** No provider ever touches it: the server's own records. */
  | { readonly kind: 'never-encrypted' };

/** A plug-in whose answers were asked for beforehand. */
export interface AskedPlugin {
  readonly currentKeyID: string | undefined;
  readonly answers: ReadonlyMap<string, DataKeyAnswer>;
}

/** One text for one question to a plug-in. */
export function requestKey({ version, ciphertext, keyID, annotations }: DataKeyRequest): string {
  const named = annotations.map(([name, value]) => `${name}=${Buffer.from(value).toString('base64')}`);
  return [version, keyID, Buffer.from(ciphertext).toString('base64'), ...named.sort()].join('\n');
}

/**
 * Judges stored values by a configuration: who could read them, as the server would. A value that is opened counts as readable only where
 * what comes out is an object of its resource: AES-CBC opens one in 256 values with a wrong key.
 */
export class ReadabilityJudge {
  readonly #configuration: EncryptionConfiguration;
  readonly #plugins = new Map<string, AskedPlugin>();
  readonly #transformers: Transformers;
  readonly #prefix: string;
  readonly #minor: number;

  /** @param prefix `--etcd-prefix` */
  constructor(configuration: EncryptionConfiguration, prefix: string, minor: number) {
    this.#configuration = configuration;
    this.#prefix = prefix;
    this.#minor = minor;
    this.#transformers = compileTransformers(configuration, this.#lookups(), minor);
  }

  /** Tells of a plug-in that can be asked; its answers may grow afterwards. */
  tell(kmsName: string, plugin: AskedPlugin): void {
    this.#plugins.set(kmsName, plugin);
  }

  judge(etcdKey: string, value: Uint8Array): Readability {
    const path = storagePathOf(etcdKey, this.#prefix);
    if (path === undefined) return { kind: 'unknown', resource: '', why: 'its key names no resource that is known' };
    const { resource } = path;
    if (!path.encryptable) return { kind: 'never-encrypted' };
    const opened = openValue(this.#transformers, resource, etcdKey, value);
    if (opened.kind === 'unknown') return { kind: 'unknown', resource, why: opened.why };
    if (opened.kind === 'crash') return { kind: 'unreadable', resource, why: opened.message };
    if (opened.kind === 'error') return { kind: 'unreadable', resource, why: joinedMessage(opened.messages) };
    const object = readStoredObject(opened.plaintext, resource);
    if (object.readable) return { kind: 'readable', resource, stale: opened.stale };
    return { kind: 'unreadable', resource, why: `opened, but what comes out is no object of ${resource}` };
  }

  /** What plug-ins have to be asked before this value can be judged, and were not yet. */
  questions(etcdKey: string, value: Uint8Array): readonly DataKeyRequest[] {
    const path = storagePathOf(etcdKey, this.#prefix);
    if (path === undefined || !path.encryptable) return [];
    return dataKeyRequests(this.#configuration, path.resource, value, this.#minor).filter((request) => {
      const plugin = this.#plugins.get(request.kmsName);
      return plugin !== undefined && !plugin.answers.has(requestKey(request));
    });
  }

  #lookups(): KmsPlugins {
    const told = this.#plugins;
    const lookups = new Map<string, KmsPlugin>();
    for (const name of kmsNames(this.#configuration))
      lookups.set(name, {
        decrypt: (request) => told.get(name)?.answers.get(requestKey(request)) ?? { kind: 'not-asked' },
        get currentKeyID() {
          return told.get(name)?.currentKeyID;
        },
        // Whether a server in its place reaches the plug-in is not known from here: then nobody asked it.
        running: true,
      });
    return lookups;
  }
}

function kmsNames(configuration: EncryptionConfiguration): readonly string[] {
  const providers = configuration.resources.flatMap((entry) => entry.providers);
  return [...new Set(providers.flatMap(({ kms }) => (kms === null ? [] : [kms.name])))];
}
