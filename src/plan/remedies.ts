// Written by scripts/make-catalogue.mjs: do not edit.
import { remedy as admissionEffectiveSet } from '../controls/admission/admission-effective-set/remedy.ts';
import { remedy as admissionNoderestriction } from '../controls/admission/admission-noderestriction/remedy.ts';
import { remedy as admissionPsaClusterDefaults } from '../controls/admission/admission-psa-cluster-defaults/remedy.ts';
import { remedy as admissionPsaNamespaceLabels } from '../controls/admission/admission-psa-namespace-labels/remedy.ts';
import { remedy as admissionVapGuardrails } from '../controls/admission/admission-vap-guardrails/remedy.ts';
import { remedy as apiserverEndpointExposure } from '../controls/api-server/apiserver-endpoint-exposure/remedy.ts';
import { remedy as apiserverEtcdTls } from '../controls/api-server/apiserver-etcd-tls/remedy.ts';
import { remedy as apiserverInsecurePortAbsent } from '../controls/api-server/apiserver-insecure-port-absent/remedy.ts';
import { remedy as apiserverKubeletMtls } from '../controls/api-server/apiserver-kubelet-mtls/remedy.ts';
import { remedy as apiserverTls } from '../controls/api-server/apiserver-tls/remedy.ts';
import { remedy as apiserverVersionSupported } from '../controls/api-server/apiserver-version-supported/remedy.ts';
import { remedy as auditEnabled } from '../controls/audit/audit-enabled/remedy.ts';
import { remedy as auditNoSecretBodies } from '../controls/audit/audit-no-secret-bodies/remedy.ts';
import { remedy as auditPolicyCoverage } from '../controls/audit/audit-policy-coverage/remedy.ts';
import { remedy as auditRetentionAndPermissions } from '../controls/audit/audit-retention-and-permissions/remedy.ts';
import { remedy as authnAnonymousRestricted } from '../controls/authentication/authn-anonymous-restricted/remedy.ts';
import { remedy as authnLegacySaTokens } from '../controls/authentication/authn-legacy-sa-tokens/remedy.ts';
import { remedy as authnNoSystemMasters } from '../controls/authentication/authn-no-system-masters/remedy.ts';
import { remedy as authnStaticTokenFileAbsent } from '../controls/authentication/authn-static-token-file-absent/remedy.ts';
import { remedy as authzAdmissionConfigWrite } from '../controls/authorization/authz-admission-config-write/remedy.ts';
import { remedy as authzClusterAdminBindings } from '../controls/authorization/authz-cluster-admin-bindings/remedy.ts';
import { remedy as authzDefaultSaUnused } from '../controls/authorization/authz-default-sa-unused/remedy.ts';
import { remedy as authzEscalateBind } from '../controls/authorization/authz-escalate-bind/remedy.ts';
import { remedy as authzModeNotAlwaysallow } from '../controls/authorization/authz-mode-not-alwaysallow/remedy.ts';
import { remedy as authzNodeRbacEnabled } from '../controls/authorization/authz-node-rbac-enabled/remedy.ts';
import { remedy as authzNodesProxy } from '../controls/authorization/authz-nodes-proxy/remedy.ts';
import { remedy as authzSecretsRead } from '../controls/authorization/authz-secrets-read/remedy.ts';
import { remedy as authzUnauthenticatedBindings } from '../controls/authorization/authz-unauthenticated-bindings/remedy.ts';
import { remedy as authzWildcards } from '../controls/authorization/authz-wildcards/remedy.ts';
import { remedy as encryptionKeyRotation } from '../controls/encryption/encryption-key-rotation/remedy.ts';
import { remedy as encryptionObjectsRewritten } from '../controls/encryption/encryption-objects-rewritten/remedy.ts';
import { remedy as encryptionProviderConfigured } from '../controls/encryption/encryption-provider-configured/remedy.ts';
import { remedy as etcdClientTls } from '../controls/etcd/etcd-client-tls/remedy.ts';
import { remedy as kubeletAnonymousOff } from '../controls/kubelet/kubelet-anonymous-off/remedy.ts';
import { remedy as kubeletAuthorizationWebhook } from '../controls/kubelet/kubelet-authorization-webhook/remedy.ts';
import { remedy as kubeletReadonlyPortOff } from '../controls/kubelet/kubelet-readonly-port-off/remedy.ts';
import { remedy as networkCniEnforces } from '../controls/network/network-cni-enforces/remedy.ts';
import { remedy as networkDefaultDenyEgress } from '../controls/network/network-default-deny-egress/remedy.ts';
import { remedy as networkDefaultDenyIngress } from '../controls/network/network-default-deny-ingress/remedy.ts';
import { remedy as networkMetadataBlocked } from '../controls/network/network-metadata-blocked/remedy.ts';
import { remedy as resourcesLimitrange } from '../controls/resources/resources-limitrange/remedy.ts';
import { remedy as resourcesLimitrangeConsistency } from '../controls/resources/resources-limitrange-consistency/remedy.ts';
import { remedy as resourcesQuota } from '../controls/resources/resources-quota/remedy.ts';
import { remedy as workloadAllowPrivilegeEscalation } from '../controls/workload/workload-allow-privilege-escalation/remedy.ts';
import { remedy as workloadCapabilities } from '../controls/workload/workload-capabilities/remedy.ts';
import { remedy as workloadHostNamespaces } from '../controls/workload/workload-host-namespaces/remedy.ts';
import { remedy as workloadHostpath } from '../controls/workload/workload-hostpath/remedy.ts';
import { remedy as workloadPrivileged } from '../controls/workload/workload-privileged/remedy.ts';
import { remedy as workloadRunAsNonroot } from '../controls/workload/workload-run-as-nonroot/remedy.ts';
import { remedy as workloadSaAutomount } from '../controls/workload/workload-sa-automount/remedy.ts';
import { remedy as workloadSeccomp } from '../controls/workload/workload-seccomp/remedy.ts';
import type { RemedyFunction } from '../controls/remedy.ts';

/** The remedies of this build by the id of their control. */
export const remedies: ReadonlyMap<string, RemedyFunction> = new Map<string, RemedyFunction>([
  ['admission-effective-set', admissionEffectiveSet as RemedyFunction],
  ['admission-noderestriction', admissionNoderestriction as RemedyFunction],
  ['admission-psa-cluster-defaults', admissionPsaClusterDefaults as RemedyFunction],
  ['admission-psa-namespace-labels', admissionPsaNamespaceLabels as RemedyFunction],
  ['admission-vap-guardrails', admissionVapGuardrails as RemedyFunction],
  ['apiserver-endpoint-exposure', apiserverEndpointExposure as RemedyFunction],
  ['apiserver-etcd-tls', apiserverEtcdTls as RemedyFunction],
  ['apiserver-insecure-port-absent', apiserverInsecurePortAbsent as RemedyFunction],
  ['apiserver-kubelet-mtls', apiserverKubeletMtls as RemedyFunction],
  ['apiserver-tls', apiserverTls as RemedyFunction],
  ['apiserver-version-supported', apiserverVersionSupported as RemedyFunction],
  ['audit-enabled', auditEnabled as RemedyFunction],
  ['audit-no-secret-bodies', auditNoSecretBodies as RemedyFunction],
  ['audit-policy-coverage', auditPolicyCoverage as RemedyFunction],
  ['audit-retention-and-permissions', auditRetentionAndPermissions as RemedyFunction],
  ['authn-anonymous-restricted', authnAnonymousRestricted as RemedyFunction],
  ['authn-legacy-sa-tokens', authnLegacySaTokens as RemedyFunction],
  ['authn-no-system-masters', authnNoSystemMasters as RemedyFunction],
  ['authn-static-token-file-absent', authnStaticTokenFileAbsent as RemedyFunction],
  ['authz-admission-config-write', authzAdmissionConfigWrite as RemedyFunction],
  ['authz-cluster-admin-bindings', authzClusterAdminBindings as RemedyFunction],
  ['authz-default-sa-unused', authzDefaultSaUnused as RemedyFunction],
  ['authz-escalate-bind', authzEscalateBind as RemedyFunction],
  ['authz-mode-not-alwaysallow', authzModeNotAlwaysallow as RemedyFunction],
  ['authz-node-rbac-enabled', authzNodeRbacEnabled as RemedyFunction],
  ['authz-nodes-proxy', authzNodesProxy as RemedyFunction],
  ['authz-secrets-read', authzSecretsRead as RemedyFunction],
  ['authz-unauthenticated-bindings', authzUnauthenticatedBindings as RemedyFunction],
  ['authz-wildcards', authzWildcards as RemedyFunction],
  ['encryption-key-rotation', encryptionKeyRotation as RemedyFunction],
  ['encryption-objects-rewritten', encryptionObjectsRewritten as RemedyFunction],
  ['encryption-provider-configured', encryptionProviderConfigured as RemedyFunction],
  ['etcd-client-tls', etcdClientTls as RemedyFunction],
  ['kubelet-anonymous-off', kubeletAnonymousOff as RemedyFunction],
  ['kubelet-authorization-webhook', kubeletAuthorizationWebhook as RemedyFunction],
  ['kubelet-readonly-port-off', kubeletReadonlyPortOff as RemedyFunction],
  ['network-cni-enforces', networkCniEnforces as RemedyFunction],
  ['network-default-deny-egress', networkDefaultDenyEgress as RemedyFunction],
  ['network-default-deny-ingress', networkDefaultDenyIngress as RemedyFunction],
  ['network-metadata-blocked', networkMetadataBlocked as RemedyFunction],
  ['resources-limitrange', resourcesLimitrange as RemedyFunction],
  ['resources-limitrange-consistency', resourcesLimitrangeConsistency as RemedyFunction],
  ['resources-quota', resourcesQuota as RemedyFunction],
  ['workload-allow-privilege-escalation', workloadAllowPrivilegeEscalation as RemedyFunction],
  ['workload-capabilities', workloadCapabilities as RemedyFunction],
  ['workload-host-namespaces', workloadHostNamespaces as RemedyFunction],
  ['workload-hostpath', workloadHostpath as RemedyFunction],
  ['workload-privileged', workloadPrivileged as RemedyFunction],
  ['workload-run-as-nonroot', workloadRunAsNonroot as RemedyFunction],
  ['workload-sa-automount', workloadSaAutomount as RemedyFunction],
  ['workload-seccomp', workloadSeccomp as RemedyFunction],
]);
