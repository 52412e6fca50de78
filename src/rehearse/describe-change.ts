import type { Change } from '../cluster/change.ts';
import { objectAt, stringAt } from '../cluster/json.ts';

/** A change on one line. */
export function describeChange(change: Change): string {
  switch (change.kind) {
    case 'set-flag':
      return `--${change.flag}=${change.value} of ${change.component}`;
    case 'remove-flag':
      return `--${change.flag} of ${change.component} goes`;
    case 'write-file':
      return `writes ${change.path}`;
    case 'edit-file':
      return `edits ${change.path}`;
    case 'mount-directory':
      return `mounts ${change.path}`;
    case 'edit-manifest':
      return `edits the manifest of ${change.component}`;
    case 'apply-object': {
      const { kind, metadata } = change.object;
      const { name, namespace } = objectAt(metadata);
      return `applies ${stringAt(kind) ?? ''} ${[stringAt(namespace), stringAt(name)].filter((part) => part !== undefined).join('/')}`;
    }
    case 'patch-object':
      return `changes ${change.object.kind} ${[change.object.namespace, change.object.name].filter((part) => part !== undefined).join('/')}`;
    case 'delete-object':
      return `deletes ${change.object.kind} ${[change.object.namespace, change.object.name].filter((part) => part !== undefined).join('/')}`;
    case 'rewrite-objects':
      return `rewrites ${change.resource}`;
    default:
      return change.title;
  }
}

const accessFlags =
  /^(authorization-|authentication-|anonymous-auth$|token-auth-file$|client-ca-file$|oidc-|service-account-|api-audiences$|requestheader-)/;

/** Whether a change can decide who is let in or allowed. */
export function concernsAccess(change: Change): boolean {
  switch (change.kind) {
    case 'set-flag':
    case 'remove-flag':
      return change.component === 'kube-apiserver' && accessFlags.test(change.flag);
    case 'write-file':
    case 'edit-file':
      return change.component === 'kube-apiserver';
    case 'apply-object':
      return isRbac(stringAt(change.object['apiVersion']));
    case 'patch-object':
    case 'delete-object':
      return isRbac(change.object.apiVersion);
    default:
      return false;
  }
}

function isRbac(apiVersion: string | undefined): boolean {
  return apiVersion?.startsWith('rbac.authorization.k8s.io/') ?? false;
}

/** Whether a change can decide whether a pod is admitted. */
export function concernsPods(change: Change): boolean {
  const kind =
    change.kind === 'apply-object' ? stringAt(change.object['kind']) : 'object' in change ? change.object.kind : undefined;
  return (
    kind === 'Namespace' ||
    kind === 'LimitRange' ||
    kind === 'ResourceQuota' ||
    (kind !== undefined && change.kind === 'patch-object')
  );
}
