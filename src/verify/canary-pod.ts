import type { JsonObject } from '../cluster/json.ts';

/** What a canary pod has beside, or instead of, what Pod Security's level restricted asks for. */
export interface PodFault {
  /** Members of `spec`; `undefined` takes one away. */
  readonly spec?: JsonObject;
  /** Members of the container's securityContext; `undefined` takes one away. */
  readonly security?: JsonObject;
  readonly containers?: readonly JsonObject[];
}

const restricted: JsonObject = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** A container that level restricted admits. Its image is nowhere: it is never started. */
export function canaryContainer(name: string, security: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return { name, image: 'registry.invalid/canary:1', securityContext: { ...restricted, ...security }, ...more };
}

/** A pod that level restricted admits, but for the fault. It is offered as a dry-run alone. */
export function canaryPod(name: string, fault: PodFault = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      automountServiceAccountToken: false,
      containers: fault.containers ?? [canaryContainer('c', fault.security)],
      ...fault.spec,
    },
  };
}

/**
 * A pod that a level must refuse. For baseline not by a privileged container: a server without --allow-privileged refuses that by itself.
 */
export function violatingPod(name: string, level: 'baseline' | 'restricted'): JsonObject {
  if (level === 'restricted') return canaryPod(name, { security: { capabilities: undefined } });
  return canaryPod(name, { spec: { hostPID: true } });
}

/** The level that a control's parameter asks for. */
export function levelOf(parameters: Readonly<Record<string, unknown>>): 'baseline' | 'restricted' {
  return parameters['level'] === 'restricted' ? 'restricted' : 'baseline';
}
