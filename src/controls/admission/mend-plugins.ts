import { compiledPlugins, defaultPlugins } from '../../admission/plugins.ts';
import type { Change } from '../../cluster/change.ts';
import { newestMinor, oldestMinor } from '../../cluster/version.ts';
import { stringsAt } from '../../cluster/json.ts';
import type { Mending } from '../mending.ts';
import type { RemedyContext } from '../remedy.ts';

const controls = ['admission-effective-set', 'admission-noderestriction', 'admission-psa-cluster-defaults'];

/**
 * Mends the lists of admission plug-ins: `--admission-control`, unknown names and names in both lists go, what is switched off though
 * required is not any more, what is missing is added. Nothing that is on by default is repeated.
 *
 * Several controls look at the same two flags: what the others that fail on this host ask for is in the lists as well, so that all
 * of them want the same value. `required` is what the asking control wants.
 */
export function mendPlugins(at: Mending, context: RemedyContext, required: readonly string[]): readonly Change[] {
  const wanted = [...new Set([...required, ...othersWant(at, context)])];
  const isOutside = at.minor !== undefined && (at.minor < oldestMinor || at.minor > newestMinor);
  const minors = at.minor === undefined || isOutside ? range() : [at.minor];
  // Of a version outside the tables, and of one that was not seen, a name counts as unknown only where every version lacks it.
  const isKnown = (name: string): boolean => isOutside || minors.some((minor) => compiledPlugins(minor).includes(name));
  const isDefault = (name: string): boolean => minors.every((minor) => defaultPlugins(minor).includes(name));
  const exact = at.flag('admission-control');
  const given = (flag: string): readonly string[] =>
    [...new Set(at.flag(flag).given ? at.flag(flag).values : [])].filter(isKnown);
  const kept = exact.given
    ? [...new Set(exact.values)].filter((name) => isKnown(name) && !isDefault(name) && !neutral.has(name))
    : given('enable-admission-plugins');
  const enabled = [...kept, ...wanted.filter((name) => isKnown(name) && !isDefault(name) && !kept.includes(name))];
  const disabled = (exact.given ? [] : given('disable-admission-plugins')).filter(
    (name) => !wanted.includes(name) && !enabled.includes(name),
  );
  return [
    ...at.remove('admission-control'),
    ...listChange(at, 'enable-admission-plugins', enabled),
    ...listChange(at, 'disable-admission-plugins', disabled),
  ];
}

/** Why the finding is not settled by the lists: what else decides was not seen. */
export function unsettled(at: Mending): { readonly stays?: string } {
  if (at.component.seenAs === 'distribution')
    return { stays: `what the distribution adds to the lists was not seen: scan the process's command line after the change` };
  if (at.minor === undefined || at.minor < oldestMinor || at.minor > newestMinor)
    return {
      stays: `the version of the API server is not known, or outside the tables: what is on by default there is not known`,
    };
  return {};
}

/** Of an exact list: what lets everything through or nothing does not move into the new list. */
const neutral: ReadonlySet<string> = new Set(['AlwaysAdmit', 'AlwaysDeny']);

function listChange(at: Mending, flag: string, names: readonly string[]): readonly Change[] {
  return names.length === 0 ? at.remove(flag) : at.set(flag, names.join(','));
}

/** What each control of the three wants where it fails on this host. */
function othersWant(at: Mending, context: RemedyContext): readonly string[] {
  return context.results
    .filter(
      ({ id, findings }) =>
        controls.includes(id) && findings.some(({ verdict, subject }) => verdict === 'fail' && (subject.host ?? '') === at.host),
    )
    .flatMap(({ id, parameters }) => {
      if (id === 'admission-noderestriction') return ['NodeRestriction'];
      if (id === 'admission-psa-cluster-defaults') return ['PodSecurity'];
      const { required } = parameters;
      return Array.isArray(required) ? stringsAt(required as readonly string[]) : [];
    });
}

function range(): readonly number[] {
  return Array.from({ length: newestMinor - oldestMinor + 1 }, (_, index) => oldestMinor + index);
}
