import { expect, it } from 'vitest';
import { listAt, objectAt, stringsAt } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import { collectorRole } from './collector-role.ts';
import { listedKinds } from './live-kinds.ts';

const { documents, problems } = parseDocuments(collectorRole(), 'role');
const rules = listAt(objectAt(documents[0]?.value)['rules']).map((rule) => objectAt(rule));

it('is one ClusterRole that reads and nothing else', () => {
  expect(problems).toEqual([]);
  expect(documents).toHaveLength(1);
  for (const rule of rules) {
    const resources = stringsAt(rule['resources']);
    expect(resources.some((resource) => resource === '*' || resource.startsWith('nodes/'))).toBe(false);
    const wanted = resources.includes('selfsubjectreviews') ? ['create'] : ['get', 'list'];
    expect(wanted).toEqual(expect.arrayContaining([...stringsAt(rule['verbs'])]));
  }
});

it('grants the list of every kind that is listed, and of secrets the list alone', () => {
  for (const kind of listedKinds) {
    const granted = rules.some(
      (rule) =>
        stringsAt(rule['apiGroups']).includes(kind.group) &&
        stringsAt(rule['resources']).includes(kind.plural) &&
        stringsAt(rule['verbs']).includes('list'),
    );
    expect(granted, kind.plural).toBe(true);
  }
  expect(rules.find((rule) => stringsAt(rule['resources']).includes('secrets'))?.['verbs']).toEqual(['list']);
});
