// Measures `bulwark scan` of a live cluster: 5,000 pods in a real API server, read by the built program.
// node --import tsx bench/live.ts [PODS]   (needs a testbed and `npm run build`)
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startControlPlane } from '../testbed/control-plane.ts';
import type { ControlPlane } from '../testbed/control-plane.ts';
import { findTestbeds } from '../testbed/find.ts';

const pods = Number(process.argv[2] ?? 5000);
const program = fileURLToPath(new URL('../dist/bulwark.js', import.meta.url));

/** A pod of about the size that clusters have, owned by a ReplicaSet. */
function podOf(index: number): object {
  const container = (name: string): object => ({
    name,
    image: `registry.example.com/team-${index % 40}/${name}:1.${index % 90}.0`,
    args: ['--listen=:8080', '--log-format=json', `--shard=${index}`],
    env: Array.from({ length: 12 }, (_, at) => ({ name: `SETTING_${at}`, value: `value-${at}-of-${index}` })),
    ports: [{ containerPort: 8080, name: 'http' }],
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 20 },
    readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
    volumeMounts: [{ name: 'work', mountPath: '/work' }],
    securityContext: { allowPrivilegeEscalation: index % 3 === 0, capabilities: { drop: ['ALL'] } },
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${index}`,
      labels: { app: `app-${index % 400}`, 'pod-template-hash': (index % 400).toString(36).padStart(8, 'x') },
      annotations: { 'example.com/checksum': `${index}`.repeat(12) },
    },
    spec: {
      serviceAccountName: 'default',
      containers: [container('app'), container('proxy')],
      volumes: [{ name: 'work', emptyDir: {} }],
      tolerations: [{ operator: 'Exists', effect: 'NoExecute', key: 'node.kubernetes.io/not-ready', tolerationSeconds: 300 }],
    },
  };
}

async function fill(plane: ControlPlane): Promise<void> {
  const namespaces = Array.from({ length: 40 }, (_, index) => `team-${index}`);
  for (const name of namespaces) {
    await plane.request('POST', '/api/v1/namespaces', { metadata: { name } });
    await plane.request('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  }
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < pods) {
      const index = next++;
      const path = `/api/v1/namespaces/team-${index % 40}/pods`;
      const { status, body } = await plane.request('POST', path, podOf(index));
      if (status !== 201 && status !== 409) throw new Error(`${status} ${JSON.stringify(body)}`);
      if (index % 500 === 0) process.stderr.write(`\r${index} pods`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  process.stderr.write(`\r${pods} pods\n`);
}

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly code: number | null;
}

/** Wall and processor seconds and the peak of resident memory of one run; the last two as Linux's /proc shows them while it runs. */
function measure(args: readonly string[]): Promise<Measured> {
  const start = performance.now();
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  let peakMb = 0;
  let cpuSeconds = 0;
  const look = setInterval(() => {
    try {
      peakMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024 || peakMb;
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      cpuSeconds = Math.max(cpuSeconds, (Number(fields[11]) + Number(fields[12])) / 100);
    } catch {
      // It has ended, or this is no Linux.
    }
  }, 20);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(look);
      resolve({ seconds: (performance.now() - start) / 1000, cpuSeconds, peakMb, code });
    });
  });
}

const [testbed] = findTestbeds();
if (testbed === undefined) throw new Error('there is no testbed: node testbed/build.mjs');
// The servers are no reason for this process to stay alive, so something must be while it waits for them.
const alive = setInterval(() => undefined, 1000);
const plane = await startControlPlane(testbed);
try {
  await fill(plane);
  for (let run = 1; run <= 3; run++) {
    const { seconds, cpuSeconds, peakMb, code } = await measure(['scan', '--kubeconfig', plane.kubeconfig, '-o', 'json']);
    console.log(
      `live cluster ${testbed.version}, ${pods} pods, run ${run}: ${seconds.toFixed(2)} s (${cpuSeconds.toFixed(2)} s of processor), ${peakMb.toFixed(0)} MB, exit code ${code}`,
    );
  }
} finally {
  await plane.stop();
  clearInterval(alive);
}
