import type { DescMethodUnary } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { EtcdFault, etcdFault } from './etcd-fault.ts';
import type { EtcdSettings } from './settings.ts';
import type { KeyValue, RangeResponse, StatusResponse } from './messages.ts';
import { rangeMethod, statusMethod } from './messages.ts';

export interface RangeQuery {
  readonly key: Uint8Array;
  /** First key after the range; absent: the one key alone. */
  readonly end?: Uint8Array;
  /** Keys in one answer; absent or 0: all. */
  readonly limit?: number;
  /** Revision to read at; absent: the newest. */
  readonly revision?: bigint;
  readonly keysOnly?: boolean;
}

/** Keys at one revision. */
export interface RangeAnswer {
  readonly revision: bigint;
  readonly kvs: readonly KeyValue[];
  /** Keys follow that the limit left out. */
  readonly more: boolean;
  /** Keys in the whole range. */
  readonly count: bigint;
}

const connectMs = 5_000;
const answerMs = 60_000;
/** etcd's own limit of a request is 1.5 MiB unless raised; a page holds many values. */
const largestAnswer = 1 << 30;

/**
 * Reads from etcd over gRPC: `Range` and `Status`, and nothing else; it cannot write. Tries the endpoints in order, and keeps the first
 * that answers. Every failure is an EtcdFault. Source: etcd api/etcdserverpb/rpc.proto.
 */
export class EtcdClient {
  readonly #settings: EtcdSettings;
  #endpoint = 0;
  #session: Http2SessionManager | undefined;
  #transport: Transport | undefined;

  constructor(settings: EtcdSettings) {
    this.#settings = settings;
  }

  /** Version, database size in bytes and newest revision of the member that answers. */
  async status(): Promise<{ readonly version: string; readonly dbSize: bigint; readonly revision: bigint }> {
    const answer = (await this.#call(statusMethod, {})) as unknown as StatusResponse;
    return { version: answer.version, dbSize: answer.dbSize, revision: answer.header?.revision ?? 0n };
  }

  /** Reads one key, or a range of keys in their order, at one revision. */
  async range(query: RangeQuery): Promise<RangeAnswer> {
    const answer = (await this.#call(rangeMethod, {
      key: query.key,
      ...(query.end === undefined ? {} : { rangeEnd: query.end }),
      limit: BigInt(query.limit ?? 0),
      revision: query.revision ?? 0n,
      keysOnly: query.keysOnly ?? false,
    })) as unknown as RangeResponse;
    return {
      revision: answer.header?.revision ?? 0n,
      kvs: answer.kvs,
      more: answer.more,
      count: answer.count,
    };
  }

  /** Closes the connection. */
  close(): void {
    this.#session?.abort();
    this.#session = undefined;
    this.#transport = undefined;
  }

  async #call(method: DescMethodUnary, input: Record<string, unknown>): Promise<unknown> {
    const { endpoints } = this.#settings;
    let fault: EtcdFault | undefined;
    for (let attempt = 0; attempt < endpoints.length; attempt++) {
      const endpoint = endpoints[this.#endpoint] ?? '';
      try {
        return await this.#callOne(endpoint, method, input);
      } catch (error) {
        fault ??= etcdFault(error, endpoint);
        if (fault.failure === 'compacted' || fault.failure === 'authentication') throw fault;
        this.close();
        this.#endpoint = (this.#endpoint + 1) % endpoints.length;
      }
    }
    throw fault ?? new EtcdFault('answer', 'no endpoint of etcd is known', 'check --etcd-servers');
  }

  async #callOne(endpoint: string, method: DescMethodUnary, input: Record<string, unknown>): Promise<unknown> {
    const transport = await this.#connected(endpoint);
    const answer = await transport.unary(method, undefined, answerMs, undefined, create(method.input, input));
    return answer.message;
  }

  async #connected(endpoint: string): Promise<Transport> {
    if (this.#transport !== undefined) return this.#transport;
    const { authorities, certificate, key } = this.#settings;
    const tls = {
      ...(authorities === undefined ? {} : { ca: authorities }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
      timeout: connectMs,
    };
    const session = new Http2SessionManager(endpoint, undefined, endpoint.startsWith('https:') ? tls : {});
    this.#session = session;
    await connected(session, endpoint);
    this.#transport = createGrpcTransport({ baseUrl: endpoint, sessionManager: session, readMaxBytes: largestAnswer });
    return this.#transport;
  }
}

/** Waits for the connection; a network that answers nothing ends after five seconds. */
async function connected(session: Http2SessionManager, endpoint: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const hint = 'check the network, and that this machine may reach etcd';
      reject(new EtcdFault('timeout', `${endpoint}: no connection within ${connectMs / 1000} s`, hint));
    }, connectMs);
  });
  try {
    const state = await Promise.race([session.connect(), late]);
    if (state === 'error') throw session.error() ?? new Error('no connection');
  } finally {
    clearTimeout(timer);
  }
}
