import { connect as connectTcp } from 'node:net';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { connect as connectTls } from 'node:tls';

const withinMs = 5_000;

/** `open`: somebody listens; `refused`: nobody does; `silent`: no answer, which a firewall gives as well. */
export type TcpAnswer = 'open' | 'refused' | 'silent';

/** Opens a TCP connection and closes it. */
export function tcpAnswer(host: string, port: number, ms = withinMs): Promise<TcpAnswer> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port });
    const end = (answer: TcpAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ms, () => end('silent'));
    socket.once('connect', () => end('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : 'silent'));
  });
}

/** What became of a TLS handshake. */
export type Handshake =
  | { readonly kind: 'done'; readonly protocol: string; readonly cipher: string; readonly trusted: boolean }
  /** The server ended it: it takes no such version, cipher or certificate. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Shakes hands with a TLS server and closes the connection. Nothing is sent; `trusted`: the certificate is of the authorities given. */
export function handshake(host: string, port: number, options: ConnectionOptions): Promise<Handshake> {
  return new Promise((resolve) => {
    let opened = false;
    const socket = connectTls({ host, port, rejectUnauthorized: false, ...options });
    const end = (answer: Handshake): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(withinMs, () => end({ kind: 'unreachable', reason: `no answer within ${withinMs / 1000} s` }));
    socket.once('connect', () => (opened = true));
    socket.once('secureConnect', () =>
      end({
        kind: 'done',
        protocol: socket.getProtocol() ?? '',
        cipher: socket.getCipher().standardName,
        trusted: socket.authorized,
      }),
    );
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code ?? 'the connection broke';
      end(opened ? { kind: 'refused', reason } : { kind: 'unreachable', reason });
    });
    socket.once('close', () => resolve({ kind: opened ? 'refused' : 'unreachable', reason: 'the connection was closed' }));
  });
}

/** Status of a GET without a client certificate, or why there was none. The server's certificate is not checked: nothing secret is sent. */
export function plainStatus(
  url: string,
  options: { readonly token?: string; readonly ms?: number } = {},
): Promise<{ readonly status: number } | { readonly failed: string }> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
    const request = send(url, { agent: false, headers, rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
      response.destroy();
    });
    request.setTimeout(options.ms ?? withinMs, () => request.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })));
    request.once('error', (error: NodeJS.ErrnoException) => resolve({ failed: error.code ?? 'the connection broke' }));
    request.end();
  });
}
