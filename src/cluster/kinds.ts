import type { KindKey } from './objects.ts';
import { kindKey } from './objects.ts';

/** One kind of the Kubernetes API or of an extension that controls read. */
export interface Kind {
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  /** Resource name in paths and RBAC rules. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Versions that were ever served, newest first. */
  readonly versions: readonly string[];
}

// One line a group and scope: `group scope: Kind/plural versions, …`. Source: the discovery documents of 1.28–1.37, the registries below
// k8s.io/kubernetes/pkg/apis, and the CustomResourceDefinitions of the projects named by the group. Old groups stand beside the new.
const lines = `
"" namespaced: Binding/bindings ConfigMap/configmaps Endpoints/endpoints Event/events LimitRange/limitranges PersistentVolumeClaim/persistentvolumeclaims Pod/pods PodTemplate/podtemplates ReplicationController/replicationcontrollers ResourceQuota/resourcequotas Secret/secrets Service/services ServiceAccount/serviceaccounts : v1
"" cluster: ComponentStatus/componentstatuses Namespace/namespaces Node/nodes PersistentVolume/persistentvolumes : v1
apps namespaced: ControllerRevision/controllerrevisions DaemonSet/daemonsets Deployment/deployments ReplicaSet/replicasets StatefulSet/statefulsets : v1 v1beta2 v1beta1
extensions namespaced: DaemonSet/daemonsets Deployment/deployments ReplicaSet/replicasets Ingress/ingresses NetworkPolicy/networkpolicies : v1beta1
extensions cluster: PodSecurityPolicy/podsecuritypolicies : v1beta1
batch namespaced: CronJob/cronjobs Job/jobs : v1 v1beta1 v2alpha1
autoscaling namespaced: HorizontalPodAutoscaler/horizontalpodautoscalers : v2 v1 v2beta2 v2beta1
policy namespaced: PodDisruptionBudget/poddisruptionbudgets : v1 v1beta1
policy cluster: PodSecurityPolicy/podsecuritypolicies : v1beta1
rbac.authorization.k8s.io namespaced: Role/roles RoleBinding/rolebindings : v1 v1beta1 v1alpha1
rbac.authorization.k8s.io cluster: ClusterRole/clusterroles ClusterRoleBinding/clusterrolebindings : v1 v1beta1 v1alpha1
networking.k8s.io namespaced: Ingress/ingresses NetworkPolicy/networkpolicies : v1 v1beta1
networking.k8s.io cluster: IngressClass/ingressclasses IPAddress/ipaddresses ServiceCIDR/servicecidrs ClusterCIDR/clustercidrs : v1 v1beta1 v1alpha1
admissionregistration.k8s.io cluster: MutatingWebhookConfiguration/mutatingwebhookconfigurations ValidatingWebhookConfiguration/validatingwebhookconfigurations ValidatingAdmissionPolicy/validatingadmissionpolicies ValidatingAdmissionPolicyBinding/validatingadmissionpolicybindings MutatingAdmissionPolicy/mutatingadmissionpolicies MutatingAdmissionPolicyBinding/mutatingadmissionpolicybindings : v1 v1beta1 v1alpha1
storage.k8s.io cluster: CSIDriver/csidrivers CSINode/csinodes StorageClass/storageclasses VolumeAttachment/volumeattachments VolumeAttributesClass/volumeattributesclasses : v1 v1beta1 v1alpha1
storage.k8s.io namespaced: CSIStorageCapacity/csistoragecapacities : v1 v1beta1 v1alpha1
storagemigration.k8s.io cluster: StorageVersionMigration/storageversionmigrations : v1 v1beta1 v1alpha1
apiextensions.k8s.io cluster: CustomResourceDefinition/customresourcedefinitions : v1 v1beta1
apiregistration.k8s.io cluster: APIService/apiservices : v1 v1beta1
certificates.k8s.io cluster: CertificateSigningRequest/certificatesigningrequests ClusterTrustBundle/clustertrustbundles : v1 v1beta1 v1alpha1
certificates.k8s.io namespaced: PodCertificateRequest/podcertificaterequests : v1 v1beta1 v1alpha1
coordination.k8s.io namespaced: Lease/leases LeaseCandidate/leasecandidates : v1 v1beta1 v1alpha2 v1alpha1
discovery.k8s.io namespaced: EndpointSlice/endpointslices : v1 v1beta1
events.k8s.io namespaced: Event/events : v1 v1beta1
flowcontrol.apiserver.k8s.io cluster: FlowSchema/flowschemas PriorityLevelConfiguration/prioritylevelconfigurations : v1 v1beta3 v1beta2 v1beta1 v1alpha1
node.k8s.io cluster: RuntimeClass/runtimeclasses : v1 v1beta1 v1alpha1
scheduling.k8s.io cluster: PriorityClass/priorityclasses : v1 v1beta1 v1alpha1
scheduling.k8s.io namespaced: Workload/workloads PodGroup/podgroups : v1beta1 v1alpha2 v1alpha1
resource.k8s.io namespaced: ResourceClaim/resourceclaims ResourceClaimTemplate/resourceclaimtemplates PodSchedulingContext/podschedulingcontexts : v1 v1beta2 v1beta1 v1alpha3 v1alpha2
resource.k8s.io cluster: DeviceClass/deviceclasses DeviceTaintRule/devicetaintrules ResourceSlice/resourceslices ResourceClass/resourceclasses : v1 v1beta2 v1beta1 v1alpha3 v1alpha2
internal.apiserver.k8s.io cluster: StorageVersion/storageversions : v1alpha1
authentication.k8s.io cluster: TokenReview/tokenreviews SelfSubjectReview/selfsubjectreviews : v1 v1beta1 v1alpha1
authorization.k8s.io cluster: SubjectAccessReview/subjectaccessreviews SelfSubjectAccessReview/selfsubjectaccessreviews SelfSubjectRulesReview/selfsubjectrulesreviews : v1 v1beta1
authorization.k8s.io namespaced: LocalSubjectAccessReview/localsubjectaccessreviews : v1 v1beta1
policy.networking.k8s.io cluster: AdminNetworkPolicy/adminnetworkpolicies BaselineAdminNetworkPolicy/baselineadminnetworkpolicies ClusterNetworkPolicy/clusternetworkpolicies : v1alpha2 v1alpha1
metrics.k8s.io namespaced: PodMetrics/pods : v1beta1
metrics.k8s.io cluster: NodeMetrics/nodes : v1beta1
gateway.networking.k8s.io cluster: GatewayClass/gatewayclasses : v1 v1beta1 v1alpha2
gateway.networking.k8s.io namespaced: Gateway/gateways HTTPRoute/httproutes GRPCRoute/grpcroutes TLSRoute/tlsroutes TCPRoute/tcproutes UDPRoute/udproutes ReferenceGrant/referencegrants : v1 v1beta1 v1alpha2
cilium.io namespaced: CiliumNetworkPolicy/ciliumnetworkpolicies CiliumEndpoint/ciliumendpoints : v2
cilium.io cluster: CiliumClusterwideNetworkPolicy/ciliumclusterwidenetworkpolicies CiliumIdentity/ciliumidentities CiliumNode/ciliumnodes : v2
crd.projectcalico.org namespaced: NetworkPolicy/networkpolicies NetworkSet/networksets : v1
crd.projectcalico.org cluster: GlobalNetworkPolicy/globalnetworkpolicies GlobalNetworkSet/globalnetworksets FelixConfiguration/felixconfigurations HostEndpoint/hostendpoints IPPool/ippools : v1
projectcalico.org namespaced: NetworkPolicy/networkpolicies NetworkSet/networksets : v3
projectcalico.org cluster: GlobalNetworkPolicy/globalnetworkpolicies GlobalNetworkSet/globalnetworksets FelixConfiguration/felixconfigurations HostEndpoint/hostendpoints IPPool/ippools : v3
operator.tigera.io cluster: Installation/installations APIServer/apiservers TigeraStatus/tigerastatuses : v1
crd.antrea.io namespaced: NetworkPolicy/networkpolicies : v1beta1 v1alpha1
crd.antrea.io cluster: ClusterNetworkPolicy/clusternetworkpolicies Tier/tiers : v1beta1 v1alpha1
wgpolicyk8s.io namespaced: PolicyReport/policyreports : v1alpha2
wgpolicyk8s.io cluster: ClusterPolicyReport/clusterpolicyreports : v1alpha2
kyverno.io cluster: ClusterPolicy/clusterpolicies : v1 v2beta1
kyverno.io namespaced: Policy/policies : v1 v2beta1
templates.gatekeeper.sh cluster: ConstraintTemplate/constrainttemplates : v1 v1beta1 v1alpha1
helm.cattle.io namespaced: HelmChart/helmcharts HelmChartConfig/helmchartconfigs : v1
cert-manager.io namespaced: Certificate/certificates CertificateRequest/certificaterequests Issuer/issuers : v1
cert-manager.io cluster: ClusterIssuer/clusterissuers : v1
config.openshift.io cluster: APIServer/apiservers Authentication/authentications ClusterOperator/clusteroperators ClusterVersion/clusterversions Infrastructure/infrastructures Network/networks OAuth/oauths : v1
operator.openshift.io cluster: KubeAPIServer/kubeapiservers KubeControllerManager/kubecontrollermanagers KubeScheduler/kubeschedulers Etcd/etcds Network/networks : v1
security.openshift.io cluster: SecurityContextConstraints/securitycontextconstraints : v1
apps.openshift.io namespaced: DeploymentConfig/deploymentconfigs : v1
`;

function parseLines(text: string): Kind[] {
  const result: Kind[] = [];
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [head = '', kinds = '', versions = ''] = line.split(/ ?: /);
    const [group = '', scope] = head.split(' ');
    for (const pair of kinds.split(' ')) {
      const [kind = '', plural = ''] = pair.split('/');
      result.push({
        kind,
        group: group === '""' ? '' : group,
        plural,
        namespaced: scope === 'namespaced',
        versions: versions.split(' '),
      });
    }
  }
  return result;
}

/** All kinds of the table, core group first. */
export const knownKinds: readonly Kind[] = parseLines(lines);

const byKey = new Map<KindKey, Kind>(
  knownKinds.map((kind) => [kindKey(kind.group === '' ? 'v1' : `${kind.group}/v1`, kind.kind), kind]),
);

/** The entry of a kind by its key (`Deployment.apps`), or `undefined` for a kind that the table does not know. */
export function kindOf(key: KindKey): Kind | undefined {
  return byKey.get(key);
}

/** Reports whether a kind lives in namespaces: by the table, and for an unknown kind by whether the object names a namespace. */
export function isNamespaced(key: KindKey, namesNamespace: boolean): boolean {
  return byKey.get(key)?.namespaced ?? namesNamespace;
}
