import type { JsonObject } from '../../cluster/json.ts';
import type { Evidence } from '../../results/finding.ts';
import { offer } from '../caller.ts';
import { canaryPod } from '../canary-pod.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';
import type { World } from '../world.ts';

const policyKind = 'ValidatingAdmissionPolicy.admissionregistration.k8s.io';

interface Forbidden {
  readonly path: (namespace: string) => string;
  readonly object: (world: World, namespace: string) => JsonObject;
}

/** For each policy of Bulwark's own set an object that it must refuse. */
const forbidden: Readonly<Record<string, Forbidden>> = {
  'bulwark-anonymous-bindings': {
    path: (namespace) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
    object: (world) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: world.canary.name('anonymous') },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:anonymous' }],
    }),
  },
  'bulwark-external-ips': {
    path: (namespace) => `/api/v1/namespaces/${namespace}/services`,
    object: (world) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: world.canary.name('ip') },
      spec: { ports: [{ port: 80 }], externalIPs: ['192.0.2.1'] },
    }),
  },
  'bulwark-runtime-sockets': {
    path: (namespace) => `/api/v1/namespaces/${namespace}/pods`,
    object: (world) =>
      canaryPod(world.canary.name('socket'), {
        spec: { volumes: [{ name: 'socket', hostPath: { path: '/run/containerd/containerd.sock' } }] },
      }),
  },
  'bulwark-token-secrets': {
    path: (namespace) => `/api/v1/namespaces/${namespace}/secrets`,
    object: (world) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: world.canary.name('token'), annotations: { 'kubernetes.io/service-account.name': 'default' } },
      type: 'kubernetes.io/service-account-token',
    }),
  },
};

/** How long a policy, or a namespace, may take to reach the server's admission: tries, and milliseconds between them. */
const tries = 20;
const pauseMs = 500;

/** Offers an object; what is admitted is offered again for some seconds, for a policy acts only moments after it was made. */
async function offerUntilRefused(world: World, path: string, object: JsonObject): ReturnType<typeof offer> {
  let answer = await offer(world.caller.self, path, object);
  for (let attempt = 1; attempt < tries && answer.status < 300; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    answer = await offer(world.caller.self, path, object);
  }
  return answer;
}

/** Objects that the policies of Bulwark's own set forbid are refused; what other policies forbid only their owner knows. */
export const probe: Probe = {
  control: 'admission-vap-guardrails',
  needs: ['api'],
  run: async (world) => {
    const own = world.cluster.objects.ofKind(policyKind).filter(({ name }) => forbidden[name] !== undefined);
    if (own.length === 0)
      return notPossible("there is no policy of Bulwark's set; what other policies forbid only their owner knows");
    // Where Pod Security lets all through, the policies alone decide.
    const namespace = await world.canary.namespace('privileged');
    const contradictions: Contradiction[] = [];
    const evidence: Evidence[] = [];
    const others: string[] = [];
    for (const { kind, name } of own) {
      const tried = forbidden[name];
      if (tried === undefined) continue;
      const path = tried.path(namespace);
      const { status, message } = await offerUntilRefused(world, path, tried.object(world, namespace));
      const item = { source: `POST ${path}?dryRun=All`, seen: `${status} ${message}`.trim(), wanted: `refused by ${name}` };
      evidence.push(item);
      if (status === 200)
        contradictions.push({ subject: { kind, name }, message: 'the server admits what the policy forbids', evidence: [item] });
      else if (!message.includes(name)) others.push(`${name} (${item.seen})`);
    }
    if (contradictions.length === 0 && others.length > 0)
      return notPossible(`something else refused the object of ${others.join(', ')}`);
    return settled(contradictions, `what ${own.map(({ name }) => name).join(', ')} forbid is refused`, evidence);
  },
};
