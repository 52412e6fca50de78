import type { Cluster } from '../cluster/cluster.ts';
import type { Component, HostFile } from '../cluster/component.ts';
import type { Document } from '../cluster/document.ts';
import type { FieldPath, Json, JsonObject } from '../cluster/json.ts';
import { isObject, valueAt } from '../cluster/json.ts';
import type { Place } from '../cluster/place.ts';
import type { ClusterObject } from '../cluster/objects.ts';
import { ObjectIndex } from '../cluster/objects.ts';
import { countNodes } from '../cluster/positions.ts';

/** Version of the archive's format; a reader refuses a newer one. */
export const archiveFormatVersion = 1;

/** First line of every archive. */
export const archiveHeader = { kind: 'bulwark-archive', formatVersion: archiveFormatVersion } as const;

type Facts = Omit<Cluster, 'objects' | 'components' | 'configurations' | 'directories'>;

/** One line of an archive; `document` members of the others are numbers of `document` lines, counted from 0. */
export type ArchiveRecord =
  | { readonly document: { readonly source: string; readonly value: Json; readonly positions?: readonly number[] } }
  | {
      readonly object: Omit<ClusterObject, 'document' | 'manifest' | 'namespace'> & {
        readonly document: number;
        readonly namespace?: string;
        readonly manifest?: JsonObject;
      };
    }
  | { readonly component: Omit<Component, 'document' | 'configz' | 'files' | 'environment'> & StoredComponentParts }
  | { readonly configuration: number }
  | {
      readonly directory: {
        readonly host: string;
        readonly path: string;
        readonly entries: readonly StoredEntry[];
      };
    }
  | { readonly facts: Facts }
  | { readonly end: { readonly records: number } };

type StoredEntry = Omit<Cluster['directories'][number]['entries'][number], 'document'> & { readonly document?: number };

interface StoredComponentParts {
  readonly document: number;
  readonly configz?: number;
  readonly files: readonly (readonly [string, HostFile])[];
  readonly environment: readonly (readonly [string, { readonly value: string; readonly place: Place }])[];
}

/**
 * Yields the records of a cluster: each document before its first use, then what refers to it, the facts last, so that an archive
 * that was cut off has no listing and proves no absence.
 */
export function* recordsOf(cluster: Cluster): Generator<ArchiveRecord> {
  const numbers = new Map<Document, number>();
  let records = 0;
  const counted = (record: ArchiveRecord): ArchiveRecord => {
    records++;
    return record;
  };
  function* number(document: Document): Generator<ArchiveRecord, number> {
    const known = numbers.get(document);
    if (known !== undefined) return known;
    yield counted({ document: storedDocument(document) });
    numbers.set(document, numbers.size);
    return numbers.size - 1;
  }
  for (const object of cluster.objects.all) {
    const document = yield* number(object.document);
    const { document: _, manifest, namespace, ...rest } = object;
    const derived = valueAt(object.document.value, object.base) === manifest;
    yield counted({
      object: { ...rest, document, ...(namespace === undefined ? {} : { namespace }), ...(derived ? {} : { manifest }) },
    });
  }
  for (const component of cluster.components) {
    const document = yield* number(component.document);
    const configz = component.configz === undefined ? undefined : yield* number(component.configz);
    const { document: _, configz: __, files, environment, ...rest } = component;
    yield counted({
      component: {
        ...rest,
        document,
        ...(configz === undefined ? {} : { configz }),
        files: [...files],
        environment: [...environment],
      },
    });
  }
  for (const configuration of cluster.configurations) yield counted({ configuration: yield* number(configuration) });
  for (const { host, path, entries } of cluster.directories) {
    const stored: StoredEntry[] = [];
    for (const { document, ...entry } of entries)
      stored.push({ ...entry, ...(document === undefined ? {} : { document: yield* number(document) }) });
    yield counted({ directory: { host, path, entries: stored } });
  }
  const { objects: _, components: __, configurations: ___, directories: ____, ...facts } = cluster;
  yield counted({ facts });
  yield { end: { records } };
}

/** Lines are stored as differences: small numbers, which pack well. */
function storedDocument({ source, value, positions }: Document): { source: string; value: Json; positions?: number[] } {
  if (positions === undefined) return { source, value };
  const stored: number[] = [];
  for (let i = 0; i < positions.length; i += 2)
    stored.push((positions[i] ?? 0) - (i === 0 ? 0 : (positions[i - 2] ?? 0)), positions[i + 1] ?? 0);
  return { source, value, positions: stored };
}

function restoredDocument(stored: { source: string; value: Json; positions?: readonly number[] }): Document {
  const { source, value } = stored;
  if (!Array.isArray(stored.positions) || stored.positions.length !== countNodes(value) * 2) return { source, value };
  const positions = Int32Array.from(stored.positions as readonly number[]);
  for (let i = 2; i < positions.length; i += 2) positions[i] = (positions[i] ?? 0) + (positions[i - 2] ?? 0);
  return { source, value, positions };
}

/** Puts a cluster together again from the records of an archive. */
export class ArchiveAssembler {
  readonly #documents: Document[] = [];
  readonly #objects: ClusterObject[] = [];
  readonly #components: Component[] = [];
  readonly #configurations: Document[] = [];
  readonly #directories: Cluster['directories'][number][] = [];
  #facts: Facts | undefined;
  #records = 0;
  #complete = false;
  #broken = 0;

  /** True once the last record came and every record before it was whole. */
  get complete(): boolean {
    return this.#complete && this.#broken === 0;
  }

  /** Records that were taken in. */
  get records(): number {
    return this.#records;
  }

  /** Takes in one parsed line; a record that is not whole is counted as broken and left out. */
  add(record: unknown): void {
    if (isObject(record) && isObject(record['end'])) {
      this.#complete = record['end']['records'] === this.#records;
      return;
    }
    this.#records++;
    if (!isObject(record) || !this.#take(record as unknown as Partial<Record<string, unknown>>)) this.#broken++;
  }

  /** Counts a line that was no JSON. */
  addBroken(): void {
    this.#broken++;
  }

  /**
   * The cluster, as far as its records came. Of an archive that is not complete nothing counts as listed, and `reason` becomes a gap.
   */
  cluster(source: string, reason: string | undefined): Cluster {
    const facts: Facts = this.#facts ?? { sources: [], listings: [], kubeconfigs: [], gaps: [], counts: {} };
    const shared = {
      objects: new ObjectIndex(this.#objects),
      components: this.#components,
      configurations: this.#configurations,
      directories: this.#directories,
    };
    if (reason === undefined && this.complete) return { ...facts, ...shared };
    const gap = {
      source,
      reason: reason ?? 'the archive is incomplete',
      hint: 'collect or copy it again; what could be read of it was used, and nothing counts as absent',
    };
    return { ...facts, ...shared, listings: [], gaps: [...facts.gaps, gap] };
  }

  #take(record: Partial<Record<string, unknown>>): boolean {
    const { document, object, component, configuration, directory, facts } = record;
    if (isStored(document, ['source'])) return this.#documents.push(restoredDocument(document as never)) > 0;
    if (isStored(object, ['kindKey', 'apiVersion', 'kind', 'name', 'seenIn'])) return this.#takeObject(object as never);
    if (isStored(component, ['name', 'host', 'seenAs'])) return this.#takeComponent(component as never);
    if (typeof configuration === 'number') return this.#push(this.#configurations, this.#documents[configuration]);
    if (isStored(directory, ['host', 'path'])) return this.#takeDirectory(directory as never);
    if (!isStored(facts, []) || !['sources', 'listings', 'kubeconfigs', 'gaps'].every((name) => Array.isArray(facts[name])))
      return false;
    this.#facts = facts as unknown as Facts;
    return true;
  }

  #push<T>(list: T[], item: T | undefined): boolean {
    if (item === undefined) return false;
    list.push(item);
    return true;
  }

  #takeObject(
    stored: { document: number; base: FieldPath; namespace?: string; manifest?: JsonObject } & Omit<
      ClusterObject,
      'document' | 'manifest' | 'namespace'
    >,
  ): boolean {
    const { document: index, manifest: own, namespace, ...rest } = stored;
    const document = this.#documents[index];
    const manifest =
      own ?? (document === undefined || !Array.isArray(stored.base) ? undefined : valueAt(document.value, stored.base));
    if (document === undefined || !isObject(manifest)) return false;
    this.#objects.push({ ...rest, namespace, manifest, document });
    return true;
  }

  #takeComponent(stored: StoredComponentParts & Omit<Component, 'document' | 'configz' | 'files' | 'environment'>): boolean {
    const { document: index, configz, files, environment, ...rest } = stored;
    const document = this.#documents[index];
    const effective = configz === undefined ? undefined : this.#documents[configz];
    if (document === undefined || !isObject(stored.commandLine) || !Array.isArray(files) || !Array.isArray(environment))
      return false;
    this.#components.push({
      ...rest,
      document,
      files: new Map(files),
      environment: new Map(environment),
      ...(effective === undefined ? {} : { configz: effective }),
    });
    return true;
  }

  #takeDirectory(stored: { host: string; path: string; entries: readonly StoredEntry[] }): boolean {
    if (!Array.isArray(stored.entries)) return false;
    const entries = stored.entries.map(({ document: index, ...entry }) => {
      const document = index === undefined ? undefined : this.#documents[index];
      return document === undefined ? entry : { ...entry, document };
    });
    this.#directories.push({ host: stored.host, path: stored.path, entries });
    return true;
  }
}

function isStored(value: unknown, texts: readonly string[]): value is JsonObject {
  return isObject(value) && texts.every((name) => typeof value[name] === 'string');
}
