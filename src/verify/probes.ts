import type { Probe } from './probe.ts';
import { probe as admissionEffectiveSet } from './probes/admission-effective-set.ts';
import { probe as admissionNoderestriction } from './probes/admission-noderestriction.ts';
import { probe as admissionPsaClusterDefaults } from './probes/admission-psa-cluster-defaults.ts';
import { probe as admissionPsaNamespaceLabels } from './probes/admission-psa-namespace-labels.ts';
import { probe as admissionVapGuardrails } from './probes/admission-vap-guardrails.ts';
import { probe as apiserverEndpointExposure } from './probes/apiserver-endpoint-exposure.ts';
import { probe as apiserverEtcdTls } from './probes/apiserver-etcd-tls.ts';
import { probe as apiserverInsecurePortAbsent } from './probes/apiserver-insecure-port-absent.ts';
import { probe as apiserverKubeletMtls } from './probes/apiserver-kubelet-mtls.ts';
import { probe as apiserverTls } from './probes/apiserver-tls.ts';
import { probe as apiserverVersionSupported } from './probes/apiserver-version-supported.ts';
import { probe as auditEnabled } from './probes/audit-enabled.ts';
import { probe as auditNoSecretBodies } from './probes/audit-no-secret-bodies.ts';
import { probe as auditPolicyCoverage } from './probes/audit-policy-coverage.ts';
import { probe as authnAnonymousRestricted } from './probes/authn-anonymous-restricted.ts';
import { probe as authnNoSystemMasters } from './probes/authn-no-system-masters.ts';
import { probe as authzAdmissionConfigWrite } from './probes/authz-admission-config-write.ts';
import { probe as authzClusterAdminBindings } from './probes/authz-cluster-admin-bindings.ts';
import { probe as authzDefaultSaUnused } from './probes/authz-default-sa-unused.ts';
import { probe as authzEscalateBind } from './probes/authz-escalate-bind.ts';
import { probe as authzModeNotAlwaysallow } from './probes/authz-mode-not-alwaysallow.ts';
import { probe as authzNodeRbacEnabled } from './probes/authz-node-rbac-enabled.ts';
import { probe as authzNodesProxy } from './probes/authz-nodes-proxy.ts';
import { probe as authzSecretsRead } from './probes/authz-secrets-read.ts';
import { probe as authzUnauthenticatedBindings } from './probes/authz-unauthenticated-bindings.ts';
import { probe as authzWildcards } from './probes/authz-wildcards.ts';
import { probe as encryptionObjectsRewritten } from './probes/encryption-objects-rewritten.ts';
import { probe as encryptionProviderConfigured } from './probes/encryption-provider-configured.ts';
import { probe as etcdClientTls } from './probes/etcd-client-tls.ts';
import { probe as kubeletAnonymousOff } from './probes/kubelet-anonymous-off.ts';
import { probe as kubeletAuthorizationWebhook } from './probes/kubelet-authorization-webhook.ts';
import { probe as kubeletReadonlyPortOff } from './probes/kubelet-readonly-port-off.ts';
import { probe as networkCniEnforces } from './probes/network-cni-enforces.ts';
import { probe as networkDefaultDenyEgress } from './probes/network-default-deny-egress.ts';
import { probe as networkDefaultDenyIngress } from './probes/network-default-deny-ingress.ts';
import { probe as networkMetadataBlocked } from './probes/network-metadata-blocked.ts';
import { probe as resourcesLimitrange } from './probes/resources-limitrange.ts';
import { probe as resourcesLimitrangeConsistency } from './probes/resources-limitrange-consistency.ts';
import { probe as resourcesQuota } from './probes/resources-quota.ts';
import { probe as workloadAllowPrivilegeEscalation } from './probes/workload-allow-privilege-escalation.ts';
import { probe as workloadCapabilities } from './probes/workload-capabilities.ts';
import { probe as workloadHostNamespaces } from './probes/workload-host-namespaces.ts';
import { probe as workloadHostpath } from './probes/workload-hostpath.ts';
import { probe as workloadPrivileged } from './probes/workload-privileged.ts';
import { probe as workloadRunAsNonroot } from './probes/workload-run-as-nonroot.ts';
import { probe as workloadSaAutomount } from './probes/workload-sa-automount.ts';
import { probe as workloadSeccomp } from './probes/workload-seccomp.ts';

/** All probes, by the id of their control. A control without one is shown as read. */
export const probes: readonly Probe[] = [
  admissionEffectiveSet,
  admissionNoderestriction,
  admissionPsaClusterDefaults,
  admissionPsaNamespaceLabels,
  admissionVapGuardrails,
  apiserverEndpointExposure,
  apiserverEtcdTls,
  apiserverInsecurePortAbsent,
  apiserverKubeletMtls,
  apiserverTls,
  apiserverVersionSupported,
  auditEnabled,
  auditNoSecretBodies,
  auditPolicyCoverage,
  authnAnonymousRestricted,
  authnNoSystemMasters,
  authzAdmissionConfigWrite,
  authzClusterAdminBindings,
  authzDefaultSaUnused,
  authzEscalateBind,
  authzModeNotAlwaysallow,
  authzNodeRbacEnabled,
  authzNodesProxy,
  authzSecretsRead,
  authzUnauthenticatedBindings,
  authzWildcards,
  encryptionObjectsRewritten,
  encryptionProviderConfigured,
  etcdClientTls,
  kubeletAnonymousOff,
  kubeletAuthorizationWebhook,
  kubeletReadonlyPortOff,
  networkCniEnforces,
  networkDefaultDenyEgress,
  networkDefaultDenyIngress,
  networkMetadataBlocked,
  resourcesLimitrange,
  resourcesLimitrangeConsistency,
  resourcesQuota,
  workloadAllowPrivilegeEscalation,
  workloadCapabilities,
  workloadHostNamespaces,
  workloadHostpath,
  workloadPrivileged,
  workloadRunAsNonroot,
  workloadSaAutomount,
  workloadSeccomp,
];
