import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import type { Json, JsonObject } from '../../cluster/json.ts';
import { isObject, listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import type { Secrets, UserEntry } from './connection.ts';
import type { Environment } from './environment-proxy.ts';
import { LiveFault } from './live-fault.ts';

const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
const timeoutMs = 120_000;
const maxOutput = 1 << 20;

/**
 * Runs the exec plug-in of a kubeconfig as kubectl does and returns the token or the certificate that it prints.
 *
 * KUBERNETES_EXEC_INFO tells it the cluster where `provideClusterInfo` asks for it; a command with a slash is relative to the
 * kubeconfig's folder; the terminal is its own where `interactiveMode` allows. Its stderr is the user's; its stdout never reaches
 * a message. Throws LiveFault. Source: client-go plugin/pkg/client/auth/exec/exec.go.
 */
export async function execCredential(exec: JsonObject, entry: UserEntry, environment: Environment): Promise<Secrets> {
  const fault = (reason: string, hint: string): LiveFault => new LiveFault('credential', { source: entry.place, reason, hint });
  const apiVersion = stringAt(exec['apiVersion']) ?? '';
  const command = stringAt(exec['command']) ?? '';
  if (!versions.includes(apiVersion))
    throw fault(`exec plug-in: apiVersion ${JSON.stringify(apiVersion)} is not known`, `set apiVersion: ${versions[0]}`);
  if (command === '') throw fault('exec plug-in: no command', 'set exec.command');
  const interactive = isInteractive(exec, command, fault);
  const run = await runPlugin(
    {
      command: command.includes('/') && !command.startsWith('/') ? join(entry.folder, command) : command,
      args: stringsAt(exec['args']),
      environment: {
        ...environment,
        ...Object.fromEntries(
          listAt(exec['env']).map((item) => [stringAt(objectAt(item)['name']) ?? '', stringAt(objectAt(item)['value']) ?? '']),
        ),
        KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(exec, apiVersion, interactive, entry)),
      },
      interactive,
    },
    timeoutMs,
  );
  if (run.kind === 'failed') {
    const install = stringAt(exec['installHint'])?.trim().split('\n')[0] ?? '';
    const hint = run.missing ? install || `install ${command} or put it on the PATH` : `run ${command} by hand to see why`;
    throw fault(`exec plug-in ${command}: ${run.reason}`, hint);
  }
  return secretsOf(run.output, apiVersion, command, fault);
}

type MakeFault = (reason: string, hint: string) => LiveFault;

function isInteractive(exec: JsonObject, command: string, fault: MakeFault): boolean {
  const mode = stringAt(exec['interactiveMode']) ?? 'IfAvailable';
  if (mode === 'Never') return false;
  const available = isatty(0);
  if (mode === 'Always' && !available)
    throw fault(`exec plug-in ${command} needs a terminal (interactiveMode: Always)`, 'run bulwark from a terminal');
  return available;
}

function execInfo(exec: JsonObject, apiVersion: string, interactive: boolean, entry: UserEntry): JsonObject {
  const spec: Record<string, Json> = { interactive };
  if (exec['provideClusterInfo'] === true) spec['cluster'] = clusterInfo(entry);
  return { kind: 'ExecCredential', apiVersion, spec };
}

function clusterInfo({ server, cluster }: UserEntry): JsonObject {
  const extension = listAt(cluster['extensions'])
    .map((item) => objectAt(item))
    .find((item) => item['name'] === 'client.authentication.k8s.io/exec');
  const { authorities } = server;
  return {
    server: server.url.href.replace(/\/$/, ''),
    ...(server.tlsServerName === undefined ? {} : { 'tls-server-name': server.tlsServerName }),
    ...(server.insecure ? { 'insecure-skip-tls-verify': true } : {}),
    ...(authorities === undefined ? {} : { 'certificate-authority-data': Buffer.from(authorities, 'latin1').toString('base64') }),
    ...(typeof cluster['proxy-url'] === 'string' ? { 'proxy-url': cluster['proxy-url'] } : {}),
    config: extension?.['extension'] ?? null,
  };
}

interface PluginCall {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly interactive: boolean;
}

type PluginRun =
  | { readonly kind: 'printed'; readonly output: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly missing: boolean };

function runPlugin(call: PluginCall, timeout: number): Promise<PluginRun> {
  return new Promise((resolve) => {
    const child = spawn(call.command, [...call.args], {
      env: { ...call.environment },
      stdio: [call.interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    let output = '';
    // A person who types a code may take long; a program that hangs may not.
    const timer = call.interactive ? undefined : setTimeout(() => child.kill('SIGKILL'), timeout);
    const end = (run: PluginRun): void => {
      clearTimeout(timer);
      resolve(run);
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length <= maxOutput) output += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({ kind: 'failed', reason: error.code === 'ENOENT' ? 'not found' : (error.code ?? 'cannot be run'), missing: true }),
    );
    child.on('close', (code, signal) => {
      if (code === 0) end({ kind: 'printed', output });
      else if (signal !== null) end({ kind: 'failed', reason: `stopped by ${signal}`, missing: false });
      else end({ kind: 'failed', reason: `ended with exit code ${code}`, missing: false });
    });
  });
}

function secretsOf(output: string, apiVersion: string, command: string, fault: MakeFault): Secrets {
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch {
    throw fault(`exec plug-in ${command} printed no JSON`, 'it must print an ExecCredential');
  }
  if (!isObject(parsed) || parsed['kind'] !== 'ExecCredential')
    throw fault(`exec plug-in ${command} printed no ExecCredential`, `it must print kind: ExecCredential`);
  if (parsed['apiVersion'] !== apiVersion)
    throw fault(
      `exec plug-in ${command} answers another apiVersion than ${apiVersion}`,
      'set exec.apiVersion to the one that the plug-in speaks',
    );
  const status = objectAt(parsed['status']);
  const token = stringAt(status['token']) ?? '';
  const certificate = stringAt(status['clientCertificateData']) ?? '';
  const key = stringAt(status['clientKeyData']) ?? '';
  if (token === '' && (certificate === '' || key === ''))
    throw fault(`exec plug-in ${command} gave neither a token nor a certificate with its key`, 'log in with it and try again');
  return {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(certificate === '' || key === '' ? {} : { certificate, key }),
  };
}
