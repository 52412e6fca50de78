import { loadAuditPolicy } from '../../audit/policy-file.ts';
import { privilegedGroup } from '../../authorization/privileged-group.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { ComponentOnHost } from '../../cluster/components.ts';
import { versionOf } from '../../cluster/component-version.ts';
import { flagFile } from '../../cluster/flag-file.ts';
import { readFlags } from '../../cluster/flags.ts';
import { newestMinor } from '../../cluster/version.ts';

/**
 * Says why a log cannot show who uses system:masters: a rule of level None of an API server's policy names the group, or a policy
 * was not seen. `undefined`: nothing hides. Source: essential.md authn-no-system-masters.
 */
export function auditPolicyHides(servers: readonly ComponentOnHost[], cluster: Cluster): string | undefined {
  for (const { component, host } of servers) {
    const where = host === '' ? '' : ` on ${host}`;
    const unseen = `the audit policy of kube-apiserver${where} was not seen: a rule of level None may leave ${privilegedGroup} out`;
    if (component === undefined) return unseen;
    const minor = versionOf(cluster, component)?.minor ?? newestMinor;
    const file = flagFile(component, readFlags(component, minor).get('audit-policy-file'));
    if (file.kind !== 'seen' || file.text === undefined) return unseen;
    const loaded = loadAuditPolicy(file.text, { path: file.path, minor, source: file.source });
    if (loaded.kind !== 'accepted') return `the audit policy ${file.source}${where} is refused by the server: ${loaded.message}`;
    const index = loaded.configuration.rules.findIndex(
      (rule) => rule.level === 'None' && rule.userGroups.includes(privilegedGroup),
    );
    if (index >= 0) return `rules[${index}] of ${file.source}${where} leaves ${privilegedGroup} out of the audit log`;
  }
  return undefined;
}
