import { listAt, objectAt } from '../../cluster/json.ts';
import type { Check, Violation } from './check.ts';
import { text } from './check.ts';
import type { PodView } from './pod-view.ts';

const since10 = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const since127 = [...since10, 'net.ipv4.ip_local_reserved_ports'];
const since129 = [
  ...since127,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
];
const since132 = [...since129, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];
const since137 = [...since132, 'net.ipv4.tcp_slow_start_after_idle', 'net.ipv4.tcp_notsent_lowat'];

/** Only sysctls that are namespaced and safe (policy/check_sysctls.go). Names are compared as written: `/` is not `.`. */
export const sysctls: Check = {
  id: 'sysctls',
  level: 'baseline',
  revisions: [
    { since: 0, check: (pod) => unsafe(pod, since10) },
    { since: 27, check: (pod) => unsafe(pod, since127) },
    { since: 29, check: (pod) => unsafe(pod, since129) },
    { since: 32, check: (pod) => unsafe(pod, since132) },
    { since: 37, check: (pod) => unsafe(pod, since137) },
  ],
};

function unsafe(pod: PodView, allowed: readonly string[]): Violation | undefined {
  const bad = listAt(pod.securityContext?.['sysctls'])
    .map((item, index) => ({ name: text(objectAt(item)['name']), index }))
    .filter(({ name }) => !allowed.includes(name));
  if (bad.length === 0) return undefined;
  return {
    reason: 'forbidden sysctls',
    detail: bad.map(({ name }) => name).join(', '),
    fields: bad.map(({ index }) => ['spec', 'securityContext', 'sysctls', index, 'name']),
  };
}
