import { randomUUID } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import type { DescMethodUnary } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import { Code, ConnectError } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import type { DataKeyAnswer, DataKeyRequest } from '../encryption/providers/kms-plugin.ts';
import { kmsMethod } from './messages.ts';

/** What a plug-in says of itself. */
export interface KmsStatus {
  /** `v2`, `v2beta1`, `v1beta1`. */
  readonly version: string;
  /** `ok`; of v1, which has no such question: the name it gives itself. */
  readonly health: string;
  /** The key in use; of v1 `undefined`. */
  readonly keyID: string | undefined;
  /** From question to answer. */
  readonly milliseconds: number;
}

/** A data key as a plug-in wrapped it. */
export interface WrappedKey {
  readonly ciphertext: Uint8Array;
  readonly keyID: string;
  readonly annotations: readonly (readonly [string, Uint8Array])[];
}

/** The plug-in cannot be asked; `message` names the socket and what was seen. */
export class KmsFault extends Error {}

/**
 * Talks to a KMS plug-in over its unix socket: `Status`, `Encrypt`, `Decrypt` of v2; `Version`, `Encrypt`, `Decrypt` of v1. Source: k8s.io/kms
 * apis/v2/api.proto and apis/v1beta1/api.proto.
 */
export class KmsClient {
  readonly #socket: string;
  readonly #version: 'v1' | 'v2';
  readonly #timeoutMs: number;
  readonly #session: Http2SessionManager;
  readonly #transport: Transport;

  /** @param endpoint as the configuration names it: `unix:///run/kms.sock`, or `unix:///@name` for an abstract socket */
  constructor(endpoint: string, version: 'v1' | 'v2', timeoutMs = 3000) {
    this.#socket = socketOf(endpoint);
    this.#version = version;
    this.#timeoutMs = timeoutMs;
    const open = () => connectSocket(this.#socket);
    this.#session = new Http2SessionManager('http://localhost', undefined, { createConnection: open });
    this.#transport = createGrpcTransport({ baseUrl: 'http://localhost', sessionManager: this.#session });
  }

  async status(): Promise<KmsStatus> {
    const begin = performance.now();
    const answer = (await this.#call(
      this.#version === 'v2' ? 'Status' : 'Version',
      this.#version === 'v2' ? {} : { version: 'v1beta1' },
    )) as { version: string; healthz?: string; keyId?: string; runtimeName?: string };
    return {
      version: answer.version,
      health: answer.healthz ?? answer.runtimeName ?? '',
      keyID: this.#version === 'v2' ? (answer.keyId ?? '') : undefined,
      milliseconds: performance.now() - begin,
    };
  }

  /** Unwraps a data key. What the plug-in refuses is answered in the words that the server would print; throws KmsFault where nobody answers. */
  async decrypt(request: DataKeyRequest): Promise<DataKeyAnswer> {
    const { ciphertext, keyID, annotations } = request;
    try {
      if (this.#version === 'v1') {
        const { plain } = (await this.#call('Decrypt', { version: 'v1beta1', cipher: ciphertext })) as { plain: Uint8Array };
        return { kind: 'key', key: plain };
      }
      const input = { ciphertext, uid: randomUUID(), keyId: keyID, annotations: Object.fromEntries(annotations) };
      const { plaintext } = (await this.#call('Decrypt', input)) as { plaintext: Uint8Array };
      return { kind: 'key', key: plaintext };
    } catch (error) {
      const refusal = error instanceof KmsFault && error.cause instanceof ConnectError ? error.cause : undefined;
      if (refusal === undefined || [Code.Unavailable, Code.DeadlineExceeded, Code.Canceled].includes(refusal.code)) throw error;
      return { kind: 'error', message: `rpc error: code = ${Code[refusal.code] ?? 'Unknown'} desc = ${refusal.rawMessage}` };
    }
  }

  /** Wraps a data key. */
  async encrypt(plaintext: Uint8Array): Promise<WrappedKey> {
    if (this.#version === 'v1') {
      const { cipher } = (await this.#call('Encrypt', { version: 'v1beta1', plain: plaintext })) as { cipher: Uint8Array };
      return { ciphertext: cipher, keyID: '', annotations: [] };
    }
    const answer = (await this.#call('Encrypt', { plaintext, uid: randomUUID() })) as {
      ciphertext: Uint8Array;
      keyId: string;
      annotations: Readonly<Record<string, Uint8Array>>;
    };
    return { ciphertext: answer.ciphertext, keyID: answer.keyId, annotations: Object.entries(answer.annotations) };
  }

  close(): void {
    this.#session.abort();
  }

  async #call(name: 'Status' | 'Version' | 'Decrypt' | 'Encrypt', input: Readonly<Record<string, unknown>>): Promise<unknown> {
    const method: DescMethodUnary = kmsMethod(this.#version, name);
    try {
      const answer = await this.#transport.unary(method, undefined, this.#timeoutMs, undefined, create(method.input, input));
      return answer.message;
    } catch (error) {
      const said = error instanceof ConnectError ? `${Code[error.code] ?? 'unknown'}: ${error.rawMessage}` : String(error);
      throw new KmsFault(`${this.#socket}: the KMS plug-in did not answer ${name} (${said})`, { cause: error });
    }
  }
}

function socketOf(endpoint: string): string {
  const path = endpoint.replace(/^unix:(?:\/\/)?/, '');
  return path.startsWith('/@') ? `\0${path.slice(2)}` : path.startsWith('@') ? `\0${path.slice(1)}` : path;
}
