import type { JsonObject } from '../cluster/json.ts';
import type { ControlResult } from '../results/report.ts';
import { offer } from './caller.ts';
import type { CanaryLevel } from './canary.ts';
import { canaryPod } from './canary-pod.ts';
import type { PodFault } from './canary-pod.ts';
import type { Contradiction, Outcome, Probe } from './probe.ts';
import { contradicted, notPossible, proved } from './probe.ts';
import type { World } from './world.ts';

/**
 * The probe of a workload control: a pod with the fault, offered in a canary namespace that enforces the level, is refused in Pod
 * Security's words. Workloads that have the fault contradict it by what the server holds.
 */
export function refusedPodProbe(control: string, level: Exclude<CanaryLevel, 'none'>, fault: PodFault, words: RegExp): Probe {
  return {
    control,
    needs: ['api'],
    run: (world, result) => probeRefusal(world, result, level, canaryPod('bulwark-verify', fault), words),
  };
}

async function probeRefusal(
  world: World,
  result: ControlResult,
  level: Exclude<CanaryLevel, 'none'>,
  pod: JsonObject,
  words: RegExp,
): Promise<Outcome> {
  const own = stillThere(world, result);
  const [first, ...more] = own;
  if (first !== undefined) return contradicted([first, ...more]);
  const namespace = await world.canary.namespace(level);
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { status, message } = await offer(world.caller.self, path, pod);
  const evidence = [
    { source: `POST ${path}?dryRun=All`, seen: `${status} ${message}`.trim(), wanted: `403 violates PodSecurity` },
  ];
  if (status === 403 && message.includes(`violates PodSecurity "${level}:latest"`) && words.test(message))
    return proved(`a pod with the fault is refused in a namespace that enforces ${level}, and no workload has it`, evidence);
  // Without --allow-privileged validation refuses it, in every namespace.
  if (status === 422 && /privileged: Forbidden: disallowed by cluster policy/.test(message))
    return proved('the server refuses a pod with the fault in every namespace, and no workload has it', evidence);
  return notPossible(
    status === 200
      ? `the server admits a pod with the fault though its namespace enforces ${level}: Pod Security is off, the manifests alone show it`
      : `the pod was not judged by Pod Security: ${status} ${message}`,
  );
}

/** Findings that fail, of objects that the server holds: read from it moments ago. */
function stillThere(world: World, result: ControlResult): readonly Contradiction[] {
  const failing = result.findings.filter(({ verdict, waiver }) => verdict === 'fail' && waiver === undefined);
  return failing.flatMap(({ subject, message, evidence }) => {
    const object = world.cluster.objects.all.find(
      ({ kind, name, namespace }) => kind === subject.kind && name === subject.name && namespace === subject.namespace,
    );
    return object?.seenIn === 'api' ? [{ subject, message: `the server holds it: ${message}`, evidence }] : [];
  });
}
