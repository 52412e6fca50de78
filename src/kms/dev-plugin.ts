import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Http2Server } from 'node:http2';
import { createServer } from 'node:http2';
import { Code, ConnectError } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { openGcm, sealGcm } from '../encryption/providers/aesgcm.ts';
import { kmsService } from './messages.ts';

/** Keys of the plug-in for tests: in a file, in the clear. */
export interface DevKeys {
  readonly current: string;
  /** 32 bytes each, base64, by key id. */
  readonly keys: Readonly<Record<string, string>>;
}

/** The file of keys, or the socket, cannot be used; `message` says why, and never holds a key. */
export class DevPluginFault extends Error {}

/** Reads the file of keys, or makes one with one key. `rotate`: a further key is made and is the one in use. */
export function openDevKeys(path: string, rotate: boolean): DevKeys {
  const known = existsSync(path) ? readDevKeys(path) : undefined;
  if (known !== undefined && !rotate) return known;
  const id = `key-${Object.keys(known?.keys ?? {}).length + 1}`;
  const made = { current: id, keys: { ...known?.keys, [id]: randomBytes(32).toString('base64') } };
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, path);
  return made;
}

function readDevKeys(path: string): DevKeys {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new DevPluginFault(`${path}: no file of keys: JSON with \`current\` and \`keys\` was expected`);
  }
  const { current, keys } = (value ?? {}) as Partial<DevKeys>;
  const whole =
    typeof current === 'string' &&
    typeof keys === 'object' &&
    keys !== null &&
    Object.hasOwn(keys, current) &&
    Object.values(keys).every((key) => typeof key === 'string' && Buffer.from(key, 'base64').byteLength === 32);
  if (!whole) throw new DevPluginFault(`${path}: \`current\` must name one of \`keys\`, each 32 bytes in base64`);
  return { current, keys };
}

/** Bytes of the name of an abstract socket; Node fills shorter ones up with zeros, which nobody else would do. */
const abstractName = 107;

/** The endpoint of a socket as a configuration names it; the name of an abstract one (`@name`) is filled up to its full length. */
export function devEndpoint(socket: string): string {
  return socket.startsWith('@') ? `unix:///@${socket.slice(1).padEnd(abstractName, '-')}` : `unix://${socket}`;
}

/**
 * Serves v2 and v1 of the KMS plug-in API at a unix socket: AES-256-GCM with keys that lie in a file in the clear. For tests and sandboxes:
 * whoever reads that file reads everything.
 *
 * `@name` is an abstract socket. API servers of 1.28 send the path of a socket as the name of a host, which Node's HTTP/2 refuses: they reach the
 * plug-in through an abstract socket alone.
 *
 * The file is read again for each request, so a key that was added is in use at once. Throws DevPluginFault where the socket is taken.
 */
export async function serveDevPlugin(socket: string, keysFile: string): Promise<{ readonly close: () => Promise<void> }> {
  const isAbstract = socket.startsWith('@');
  if (!isAbstract && existsSync(socket)) {
    if (!statSync(socket).isSocket()) throw new DevPluginFault(`${socket} exists and is no socket`);
    rmSync(socket);
  }
  const handle = connectNodeAdapter({
    routes(router) {
      router.service(kmsService('v2'), {
        // 1.28 takes no other word; later versions take it too.
        status: () => ({ version: 'v2beta1', healthz: 'ok', keyId: readDevKeys(keysFile).current }),
        encrypt: ({ plaintext }: { plaintext: Uint8Array }) => {
          const { current, keys } = readDevKeys(keysFile);
          return { ciphertext: seal(keys, current, `kms-v2:${current}`, plaintext), keyId: current };
        },
        decrypt: ({ ciphertext, keyId }: { ciphertext: Uint8Array; keyId: string }) => ({
          plaintext: open(readDevKeys(keysFile).keys, keyId, `kms-v2:${keyId}`, ciphertext),
        }),
      } as never);
      // v1 keeps no key id: it stands before the ciphertext.
      router.service(kmsService('v1'), {
        version: () => ({ version: 'v1beta1', runtimeName: 'bulwark-dev', runtimeVersion: '1' }),
        encrypt: ({ plain }: { plain: Uint8Array }) => {
          const { current, keys } = readDevKeys(keysFile);
          const name = Buffer.from(current);
          return { cipher: Buffer.concat([Buffer.of(name.byteLength), name, seal(keys, current, 'kms-v1', plain)]) };
        },
        decrypt: ({ cipher }: { cipher: Uint8Array }) => {
          const length = cipher[0] ?? 0;
          const id = Buffer.from(cipher.subarray(1, 1 + length)).toString('utf8');
          return { plain: open(readDevKeys(keysFile).keys, id, 'kms-v1', cipher.subarray(1 + length)) };
        },
      } as never);
    },
  });
  const server = createServer((request, response) => {
    // gRPC clients name a unix socket by its path, which is no host of a URL.
    request.headers[':authority'] = 'localhost';
    handle(request, response);
  });
  await listening(server, isAbstract ? `\0${socket.slice(1).padEnd(abstractName, '-')}` : socket);
  if (!isAbstract) chmodSync(socket, 0o600);
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}

function listening(server: Http2Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new DevPluginFault(`${socket}: ${error.message}`)));
    server.listen(socket, resolve);
  });
}

function keyOf(keys: DevKeys['keys'], id: string): Buffer {
  const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
  if (key === undefined) throw new ConnectError(`unknown key id ${id}`, Code.Unknown);
  return Buffer.from(key, 'base64');
}

function seal(keys: DevKeys['keys'], id: string, authenticated: string, plaintext: Uint8Array): Uint8Array {
  return sealGcm(keyOf(keys, id), randomBytes(12), plaintext, Buffer.from(authenticated));
}

function open(keys: DevKeys['keys'], id: string, authenticated: string, bytes: Uint8Array): Uint8Array {
  const opened = openGcm(keyOf(keys, id), bytes, Buffer.from(authenticated), { provider: 'kms' });
  if (opened.kind !== 'opened') throw new ConnectError('the ciphertext was not made with this key', Code.Unknown);
  return opened.plaintext;
}
