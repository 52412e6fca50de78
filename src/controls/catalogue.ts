// Written by scripts/make-catalogue.mjs: do not edit.
import { control as admissionEffectiveSet } from './admission/admission-effective-set/control.ts';
import { control as admissionNoderestriction } from './admission/admission-noderestriction/control.ts';
import { control as admissionPsaClusterDefaults } from './admission/admission-psa-cluster-defaults/control.ts';
import { control as admissionPsaNamespaceLabels } from './admission/admission-psa-namespace-labels/control.ts';
import { control as admissionVapGuardrails } from './admission/admission-vap-guardrails/control.ts';
import { control as apiserverEndpointExposure } from './api-server/apiserver-endpoint-exposure/control.ts';
import { control as apiserverEtcdTls } from './api-server/apiserver-etcd-tls/control.ts';
import { control as apiserverInsecurePortAbsent } from './api-server/apiserver-insecure-port-absent/control.ts';
import { control as apiserverKubeletMtls } from './api-server/apiserver-kubelet-mtls/control.ts';
import { control as apiserverTls } from './api-server/apiserver-tls/control.ts';
import { control as apiserverVersionSupported } from './api-server/apiserver-version-supported/control.ts';
import { control as auditEnabled } from './audit/audit-enabled/control.ts';
import { control as auditNoSecretBodies } from './audit/audit-no-secret-bodies/control.ts';
import { control as auditPolicyCoverage } from './audit/audit-policy-coverage/control.ts';
import { control as auditRetentionAndPermissions } from './audit/audit-retention-and-permissions/control.ts';
import { control as authnAnonymousRestricted } from './authentication/authn-anonymous-restricted/control.ts';
import { control as authnLegacySaTokens } from './authentication/authn-legacy-sa-tokens/control.ts';
import { control as authnNoSystemMasters } from './authentication/authn-no-system-masters/control.ts';
import { control as authnStaticTokenFileAbsent } from './authentication/authn-static-token-file-absent/control.ts';
import { control as authzAdmissionConfigWrite } from './authorization/authz-admission-config-write/control.ts';
import { control as authzClusterAdminBindings } from './authorization/authz-cluster-admin-bindings/control.ts';
import { control as authzDefaultSaUnused } from './authorization/authz-default-sa-unused/control.ts';
import { control as authzEscalateBind } from './authorization/authz-escalate-bind/control.ts';
import { control as authzModeNotAlwaysallow } from './authorization/authz-mode-not-alwaysallow/control.ts';
import { control as authzNodeRbacEnabled } from './authorization/authz-node-rbac-enabled/control.ts';
import { control as authzNodesProxy } from './authorization/authz-nodes-proxy/control.ts';
import { control as authzSecretsRead } from './authorization/authz-secrets-read/control.ts';
import { control as authzUnauthenticatedBindings } from './authorization/authz-unauthenticated-bindings/control.ts';
import { control as authzWildcards } from './authorization/authz-wildcards/control.ts';
import { control as encryptionConfigFileProtected } from './encryption/encryption-config-file-protected/control.ts';
import { control as encryptionConfigValid } from './encryption/encryption-config-valid/control.ts';
import { control as encryptionExtraResources } from './encryption/encryption-extra-resources/control.ts';
import { control as encryptionKeyRotation } from './encryption/encryption-key-rotation/control.ts';
import { control as encryptionKmsV2Healthy } from './encryption/encryption-kms-v2-healthy/control.ts';
import { control as encryptionObjectsRewritten } from './encryption/encryption-objects-rewritten/control.ts';
import { control as encryptionProviderConfigured } from './encryption/encryption-provider-configured/control.ts';
import { control as encryptionProviderStrength } from './encryption/encryption-provider-strength/control.ts';
import { control as etcdClientTls } from './etcd/etcd-client-tls/control.ts';
import { control as kubeletAnonymousOff } from './kubelet/kubelet-anonymous-off/control.ts';
import { control as kubeletAuthorizationWebhook } from './kubelet/kubelet-authorization-webhook/control.ts';
import { control as kubeletReadonlyPortOff } from './kubelet/kubelet-readonly-port-off/control.ts';
import { control as networkCniEnforces } from './network/network-cni-enforces/control.ts';
import { control as networkDefaultDenyEgress } from './network/network-default-deny-egress/control.ts';
import { control as networkDefaultDenyIngress } from './network/network-default-deny-ingress/control.ts';
import { control as networkMetadataBlocked } from './network/network-metadata-blocked/control.ts';
import { control as resourcesLimitrange } from './resources/resources-limitrange/control.ts';
import { control as resourcesLimitrangeConsistency } from './resources/resources-limitrange-consistency/control.ts';
import { control as resourcesQuota } from './resources/resources-quota/control.ts';
import { control as workloadAllowPrivilegeEscalation } from './workload/workload-allow-privilege-escalation/control.ts';
import { control as workloadCapabilities } from './workload/workload-capabilities/control.ts';
import { control as workloadHostNamespaces } from './workload/workload-host-namespaces/control.ts';
import { control as workloadHostpath } from './workload/workload-hostpath/control.ts';
import { control as workloadPrivileged } from './workload/workload-privileged/control.ts';
import { control as workloadRunAsNonroot } from './workload/workload-run-as-nonroot/control.ts';
import { control as workloadSaAutomount } from './workload/workload-sa-automount/control.ts';
import { control as workloadSeccomp } from './workload/workload-seccomp/control.ts';
import type { Control } from './control.ts';

/** All controls of this build, sorted by area folder and id. */
export const catalogue: readonly Control[] = [
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
  auditRetentionAndPermissions,
  authnAnonymousRestricted,
  authnLegacySaTokens,
  authnNoSystemMasters,
  authnStaticTokenFileAbsent,
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
  encryptionConfigFileProtected,
  encryptionConfigValid,
  encryptionExtraResources,
  encryptionKeyRotation,
  encryptionKmsV2Healthy,
  encryptionObjectsRewritten,
  encryptionProviderConfigured,
  encryptionProviderStrength,
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
