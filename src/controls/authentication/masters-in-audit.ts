import { loadAuditPolicy } from '../../audit/policy-file.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { ComponentOnHost } from '../../cluster/components.ts';
import { versionOf } from '../../cluster/component-version.ts';
import { flagFile } from '../../cluster/flag-file.ts';
import { readFlags } from '../../cluster/flags.ts';

/** Says why a log cannot show who uses system:masters: a rule of level None of its policy names the group. */
export function auditPolicyHides(servers: readonly ComponentOnHost[], cluster: Cluster): string | undefined {
  for (const { component, host } of servers) {
    if (component === undefined) continue;
    const minor = versionOf(cluster, component)?.minor;
    const file = flagFile(component, readFlags(component, minor).get('audit-policy-file'));
    if (file.kind !== 'seen' || file.text === undefined || minor === undefined) continue;
    const loaded = loadAuditPolicy(file.text, { path: file.path, minor, source: file.source });
    if (loaded.kind !== 'accepted') continue;
    const index = loaded.configuration.rules.findIndex(
      (rule) => rule.level === 'None' && rule.userGroups.includes('system:masters'),
    );
    if (index >= 0)
      return `rule ${index} of ${file.source}${host === '' ? '' : ` on ${host}`} leaves system:masters out of the audit log`;
  }
  return undefined;
}
