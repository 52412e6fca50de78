import { type Json, type JsonObject, listAt, objectAt, stringAt, stringsAt } from '../../cluster/json.ts';
import { parseDocuments } from '../../cluster/yaml/parse.ts';
import { type ScopeRequirement, readScopeRequirement } from './quota.ts';

/** A resource that nobody may use without a quota that covers it (ResourceQuotaConfiguration). */
export interface LimitedResource {
  readonly apiGroup: string;
  readonly resource: string;
  readonly matchContains: readonly string[];
  readonly matchScopes: readonly ScopeRequirement[];
}

/** Reads the limited resources of a ResourceQuotaConfiguration. */
function readLimitedResources(configuration: JsonObject): readonly LimitedResource[] {
  return listAt(configuration['limitedResources']).map((value: Json) => {
    const item = objectAt(value);
    return {
      apiGroup: stringAt(item['apiGroup']) ?? '',
      resource: stringAt(item['resource']) ?? '',
      matchContains: stringsAt(item['matchContains']),
      matchScopes: listAt(item['matchScopes']).map(readScopeRequirement),
    };
  });
}

/** Finds the limited resources in the text of an AdmissionConfiguration, or of the plugin's own file. */
export function limitedResourcesOf(text: string): readonly LimitedResource[] {
  const { documents } = parseDocuments(text, '');
  return documents.flatMap(({ value }) => {
    const object = objectAt(value);
    if (object['limitedResources'] !== undefined) return readLimitedResources(object);
    return listAt(object['plugins'])
      .map(objectAt)
      .filter((plugin) => plugin['name'] === 'ResourceQuota')
      .flatMap((plugin) => readLimitedResources(objectAt(plugin['configuration'])));
  });
}
