import { type Json, type JsonObject, listAt, objectAt, stringAt } from '../../cluster/json.ts';
import { type ResourceList, noResources, readResourceList } from '../resource-list.ts';

/** One item of a LimitRange, with the defaults that the server fills in (K: SetDefaults_LimitRangeItem). */
export interface LimitRangeItem {
  readonly type: string;
  readonly max: ResourceList;
  readonly min: ResourceList;
  readonly default: ResourceList;
  readonly defaultRequest: ResourceList;
  readonly maxLimitRequestRatio: ResourceList;
}

/** A LimitRange as admission reads it. */
export interface LimitRange {
  readonly name: string;
  readonly limits: readonly LimitRangeItem[];
  /** What it fills into containers; of several items of type Container the last wins. */
  readonly defaultLimits: ResourceList;
  readonly defaultRequests: ResourceList;
}

/** Reads a LimitRange object: from the API or from a file, where the defaults are not filled in yet. */
export function readLimitRange(object: JsonObject): LimitRange {
  const limits = listAt(objectAt(object['spec'])['limits']).map(readItem);
  const containers = limits.filter((item) => item.type === 'Container');
  return {
    name: stringAt(objectAt(object['metadata'])['name']) ?? '',
    limits,
    defaultLimits: new Map(containers.flatMap((item) => [...item.default])),
    defaultRequests: new Map(containers.flatMap((item) => [...item.defaultRequest])),
  };
}

function readItem(value: Json): LimitRangeItem {
  const item = objectAt(value);
  const read = (name: string) => readResourceList(item[name]) ?? noResources;
  const type = stringAt(item['type']) ?? '';
  const given: LimitRangeItem = {
    type,
    max: read('max'),
    min: read('min'),
    default: read('default'),
    defaultRequest: read('defaultRequest'),
    maxLimitRequestRatio: read('maxLimitRequestRatio'),
  };
  if (type !== 'Container') return given;
  const limit = new Map([...given.max, ...given.default]);
  return { ...given, default: limit, defaultRequest: new Map([...given.min, ...limit, ...given.defaultRequest]) };
}
