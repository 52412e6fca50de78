import { counted } from '../counted.ts';
import { auditLevels } from '../../audit/audit-policy.ts';
import type { RequestLine } from '../../audit/requests.ts';
import type { Json } from '../../cluster/json.ts';
import { stringAt } from '../../cluster/json.ts';
import { requestLinesOf } from '../../controls/audit/request-lines.ts';
import type { Evidence } from '../../results/finding.ts';
import { AuditTrail } from '../audit-trail.ts';
import { markedRequests, sendMarked } from '../marked-requests.ts';
import type { Contradiction, Probe } from '../probe.ts';
import { notPossible, settled } from '../probe.ts';

const withinMs = 10_000;

/** A harmless request for each topic that the caller may send; the log shows the level that the control asks for. */
export const probe: Probe = {
  control: 'audit-policy-coverage',
  needs: ['api', 'audit-log'],
  run: async (world, result) => {
    const trail = new AuditTrail(world.auditLogs());
    const file = stringAt(result.parameters['file'] as Json) ?? '';
    const lines = new Map(requestLinesOf(world.settings, file).map((line) => [line.id, line]));
    const sent: { readonly line: RequestLine; readonly marker: string }[] = [];
    for (const request of await markedRequests(world)) {
      const line = lines.get(request.line);
      if (line?.required !== true) continue;
      const marker = `${world.canary.name('topic')}-${line.id}.`;
      await sendMarked(world.caller.self, request, marker);
      sent.push({ line, marker });
    }
    if (sent.length === 0) return notPossible('none of the lines asked for can be sent without harm');
    const evidence: Evidence[] = [];
    const contradictions: Contradiction[] = [];
    const deadline = Date.now() + withinMs;
    for (const { line, marker } of sent) {
      const events = await trail.eventsWith(marker, Math.max(0, deadline - Date.now()));
      if (events.length === 0 && world.severalApiServers)
        return notPossible(`the request ${line.id} does not stand in this log; another API server may have answered it`);
      const level = highest(events.map((event) => event.level));
      const bounds = line.notAbove === undefined ? `at least ${line.atLeast}` : `${line.atLeast} to ${line.notAbove}`;
      const item = { source: trail.path, seen: `${line.id}: ${level}`, wanted: bounds };
      evidence.push(item);
      if (rankOf(level) < rankOf(line.atLeast))
        contradictions.push({ message: `${line.id} (${line.topic}) is recorded at ${level}, not ${bounds}`, evidence: [item] });
      else if (line.notAbove !== undefined && rankOf(level) > rankOf(line.notAbove))
        contradictions.push({
          message: `${line.id} (${line.topic}) is recorded at ${level}, above ${line.notAbove}`,
          evidence: [item],
        });
    }
    const topics = new Set(sent.map(({ line }) => line.topic));
    return settled(
      contradictions,
      `${counted(sent.length, 'request')} of ${counted(topics.size, 'topic')} are recorded at the level asked for`,
      evidence,
    );
  },
};

function rankOf(level: string): number {
  return auditLevels.findIndex((known) => known === level);
}

function highest(levels: readonly string[]): string {
  return levels.reduce((worst, level) => (rankOf(level) > rankOf(worst) ? level : worst), 'None');
}
