/**
 * The feature gates and code changes that decide how kube-apiserver of one minor version treats resources, at their defaults
 * (K: pkg/features/kube_features.go of 1.37; the switches without a gate: the source of each minor, 1.28 to 1.37).
 */
export interface ResourceGates {
  /** `spec.resources` of a pod counts (PodLevelResources, beta and on from 1.34). */
  readonly podLevelResources: boolean;
  /** Pod-level requests and limits are filled in after LimitRanger instead of before (PodLevelResourcesFixDefaulting, 1.37). */
  readonly podLevelDefaultsLate: boolean;
  /** An init container with `restartPolicy: Always` is a sidecar (SidecarContainers, beta and on from 1.29). */
  readonly sidecars: boolean;
  /** Requests and limits in a pod's status count for quota (InPlacePodVerticalScaling, beta and on from 1.33). */
  readonly statusResources: boolean;
  /** LimitRanger and ResourceQuota look at the subresource `resize`, which exists from 1.32. */
  readonly resizeSubresource: boolean;
  /** Quota charges an update of a pod whose termination scope changes, and charges each quota by itself (1.33). */
  readonly scopeChanges: boolean;
  /** VolumeAttributesClass is on (1.34): claims match its scope. */
  readonly volumeAttributesClass: boolean;
  /** The scope VolumeAttributesClass is a standard one (1.33). */
  readonly volumeAttributesClassScope: boolean;
  /** `status.allocatedResources` of a claim counts (RecoverVolumeExpansionFailure, beta and on from 1.32). */
  readonly allocatedStorage: boolean;
  /** ResourceClaims are counted by device class (DynamicResourceAllocation, on from 1.34). */
  readonly resourceClaims: boolean;
  /** `deviceclass.resource.kubernetes.io/…` counts as an extended resource (1.35). */
  readonly deviceClassResources: boolean;
}

/** Returns the gates of Kubernetes 1.`minor`. */
export function resourceGates(minor: number): ResourceGates {
  return {
    podLevelResources: minor >= 34,
    podLevelDefaultsLate: minor >= 37,
    sidecars: minor >= 29,
    statusResources: minor >= 33,
    resizeSubresource: minor >= 32,
    scopeChanges: minor >= 33,
    volumeAttributesClass: minor >= 34,
    volumeAttributesClassScope: minor >= 33,
    allocatedStorage: minor >= 32,
    resourceClaims: minor >= 34,
    deviceClassResources: minor >= 35,
  };
}
