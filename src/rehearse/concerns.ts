import type { Change } from '../cluster/change.ts';
import { stringAt } from '../cluster/json.ts';

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

const admissionFlags = /^(admission-control-config-file|admission-control|enable-admission-plugins|disable-admission-plugins)$/;

/** Whether a change can decide whether a pod is admitted. */
export function concernsPods(change: Change): boolean {
  switch (change.kind) {
    case 'set-flag':
    case 'remove-flag':
      return change.component === 'kube-apiserver' && admissionFlags.test(change.flag);
    case 'write-file':
    case 'edit-file':
      return change.component === 'kube-apiserver';
    case 'apply-object':
      return podKinds.has(stringAt(change.object['kind']) ?? '');
    case 'delete-object':
      return podKinds.has(change.object.kind);
    // A patch may be one of the workload itself.
    case 'patch-object':
      return true;
    default:
      return false;
  }
}

const podKinds: ReadonlySet<string> = new Set(['Namespace', 'LimitRange', 'ResourceQuota']);
