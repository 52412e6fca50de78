import type { Agent } from 'node:https';
import { request as httpsRequest } from 'node:https';
import type { Credential } from './certificates.ts';

/** Whose request it is. */
export type Identity = 'anonymous' | { readonly credential: Credential } | { readonly token: string };

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON, else the text. */
  readonly body: unknown;
}

export interface RequestOptions {
  readonly port: number;
  readonly ca: string;
  readonly identity: Identity;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Connections that are used again; a new one for each request where it is absent. */
  readonly agent?: Agent;
}

/** Sends one request to a server on loopback; rejects only where no answer came. */
export function sendRequest(options: RequestOptions): Promise<ApiResponse> {
  const { identity, method } = options;
  const body =
    options.body === undefined ? undefined : typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': type }),
    ...(typeof identity === 'object' && 'token' in identity ? { authorization: `Bearer ${identity.token}` } : {}),
    ...options.headers,
  };
  const tls =
    typeof identity === 'object' && 'credential' in identity
      ? { cert: identity.credential.certificate, key: identity.credential.key }
      : {};
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: options.port,
        method,
        path: options.path,
        headers,
        ca: options.ca,
        agent: options.agent ?? false,
        ...tls,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: parsed(Buffer.concat(chunks).toString('utf8')),
          }),
        );
      },
    );
    request.setTimeout(60_000, () => request.destroy(new Error('no answer within a minute')));
    request.on('error', reject);
    request.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
