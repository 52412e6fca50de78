import type { EvalEngine } from './engine.ts';

/** Engines by the name given on the command line; each is loaded only when it is asked for. */
const loaders: Readonly<Record<string, () => Promise<{ readonly answer: EvalEngine }>>> = {
  'admission-config': async () => import('./admission-config.ts'),
  'audit-config': async () => import('./audit-config.ts'),
  'audit-policy': async () => import('./audit-policy.ts'),
  authentication: async () => import('./authentication.ts'),
  'authentication-config': async () => import('./authentication-config.ts'),
  impersonation: async () => import('./impersonation.ts'),
  'encryption-config': async () => import('./encryption-config.ts'),
  'encryption-read': async () => import('./encryption-read.ts'),
  'encryption-resources': async () => import('./encryption-resources.ts'),
  'encryption-write': async () => import('./encryption-write.ts'),
  'etcd-snapshot': async () => import('./etcd-snapshot.ts'),
  limits: async () => import('./limits.ts'),
  'limits-object': async () => import('./limits-object.ts'),
  'pod-security': async () => import('./pod-security.ts'),
  rbac: async () => import('./rbac.ts'),
  'rbac-escalation': async () => import('./rbac-escalation.ts'),
  'rbac-object': async () => import('./rbac-object.ts'),
  'rbac-request': async () => import('./rbac-request.ts'),
  'rbac-rules': async () => import('./rbac-rules.ts'),
};

/** The names of all engines, sorted. */
export const engineNames: readonly string[] = Object.keys(loaders).sort();

/** Loads an engine; `undefined` for a name that is not known. */
export async function loadEngine(name: string): Promise<EvalEngine | undefined> {
  if (!Object.hasOwn(loaders, name)) return undefined;
  return (await loaders[name]?.())?.answer;
}
