import type { JsonObject } from '../../../cluster/json.ts';
import { objectAt, stringsAt } from '../../../cluster/json.ts';
import { containersOf } from '../../../cluster/workloads.ts';
import type { RemedyFunction } from '../../remedy.ts';
import { editContainers, editSecurity, templateRemedy, workloadOf } from '../workload-remedy.ts';

const allowed = 'NET_BIND_SERVICE';

function added(container: JsonObject): readonly string[] {
  return stringsAt(objectAt(objectAt(container['securityContext'])['capabilities'])['add']);
}

function isStrong(container: JsonObject): boolean {
  return added(container).some((name) => name !== allowed);
}

/** Drops ALL and leaves at most NET_BIND_SERVICE. */
function dropAll(container: JsonObject): JsonObject {
  const given = objectAt(objectAt(container['securityContext'])['capabilities']);
  const { add: _, ...rest } = given;
  const add = added(container).filter((name) => name === allowed);
  const drop = stringsAt(given['drop']).includes('ALL') ? given['drop'] : ['ALL'];
  return editSecurity(container, { capabilities: { ...rest, ...(add.length === 0 ? {} : { add }), drop } });
}

/** Drops ALL capabilities in every container; what adds more than NET_BIND_SERVICE is its owner's to change. */
export const remedy: RemedyFunction = (finding, context) => {
  const workload = workloadOf(finding, context);
  const containers = containersOf(workload?.template?.spec ?? {});
  const strong = containers.filter(({ container }) => isStrong(container));
  const names = strong.map(({ name, container }) => `${name} (${added(container).join(', ')})`).join(', ');
  const needsDrop = ({ container }: (typeof containers)[number]): boolean =>
    !stringsAt(objectAt(objectAt(container['securityContext'])['capabilities'])['drop']).includes('ALL') && !isStrong(container);
  const sideEffects = [
    'Images that change owners or users at start, ping, and servers on ports below 1024 without NET_BIND_SERVICE fail.',
  ];
  const why = 'a container keeps fourteen capabilities that it was never asked whether it needs';
  if (strong.length > 0 && containers.some(needsDrop))
    return templateRemedy(
      workload,
      (spec) => editContainers(spec, (container) => (isStrong(container) ? container : dropAll(container))),
      {
        why,
        sideEffects,
        stays: `what these containers add is their owner's to replace: ${names}`,
      },
    );
  return templateRemedy(workload, (spec) => editContainers(spec, dropAll), {
    ...(strong.length === 0 ? {} : { by: 'owner' as const }),
    why,
    sideEffects: [...sideEffects, ...(strong.length === 0 ? [] : [`The capabilities that were added go: ${names}.`])],
  });
};
