import { allowPrivilegeEscalation } from './check-allow-privilege-escalation.ts';
import { appArmorProfile } from './check-app-armor-profile.ts';
import { capabilitiesBaseline } from './check-capabilities-baseline.ts';
import { capabilitiesRestricted } from './check-capabilities-restricted.ts';
import { hostNamespaces } from './check-host-namespaces.ts';
import { hostPathVolumes } from './check-host-path-volumes.ts';
import { hostPorts } from './check-host-ports.ts';
import { hostProbesAndHostLifecycle } from './check-host-probes-and-host-lifecycle.ts';
import { privileged } from './check-privileged.ts';
import { procMountBaseline, procMountRestricted } from './check-proc-mount.ts';
import { restrictedVolumes } from './check-restricted-volumes.ts';
import { runAsNonRoot } from './check-run-as-non-root.ts';
import { runAsUser } from './check-run-as-user.ts';
import { seLinuxOptions } from './check-se-linux-options.ts';
import { seccompProfileBaseline } from './check-seccomp-profile-baseline.ts';
import { seccompProfileRestricted } from './check-seccomp-profile-restricted.ts';
import { sysctls } from './check-sysctls.ts';
import { windowsHostProcess } from './check-windows-host-process.ts';
import type { Check } from './check.ts';

/** All checks in the order of messages: baseline before restricted, each by id. */
export const checks: readonly Check[] = [
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  privileged,
  procMountBaseline,
  seLinuxOptions,
  seccompProfileBaseline,
  sysctls,
  windowsHostProcess,
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  procMountRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompProfileRestricted,
];
