import type { Event } from 'js-yaml';
import { parseEvents, YAMLException } from 'js-yaml';
import type { Document } from '../document.ts';
import type { Built, BuilderTools } from './build.ts';
import { EventBuilder } from './build.ts';
import { Interner } from './interner.ts';
import { parseJsonText } from './json-text.ts';
import type { YamlProblem } from './problem.ts';
import { DocumentRefused } from './problem.ts';
import { readPlainSection } from './plain-block.ts';
import { PositionTable } from './position-table.ts';
import type { Section } from './sections.ts';
import { splitSections } from './sections.ts';
import { findTemplate } from './template.ts';
import { TextPositions } from './text-positions.ts';

export type { YamlProblem } from './problem.ts';

/** The documents of one text that could be read, and what was wrong with it. */
export interface ParsedText {
  readonly documents: Document[];
  readonly problems: YamlProblem[];
}

const maxDepth = 400;

/**
 * Parses YAML or JSON text with the scalar rules of Kubernetes (sigs.k8s.io/yaml) and keeps the position of every node.
 *
 * Shapes: any text, a byte order mark and CRLF included; documents that are empty or hold comments alone are left out; several JSON
 * values may follow each other, as for kubectl.
 * Returns: the documents in order, each with its table of positions, and the problems in order of place. A broken document does not
 * lose the others: reading goes on at the next `---` line. A problem's message never quotes a value.
 * Total: never throws.
 * Source: go.yaml.in/yaml/v2 v2.4.4 and sigs.k8s.io/yaml v1.6.0; read 2026-11-26.
 */
export function parseDocuments(text: string, source: string): ParsedText {
  return parseWith(text, source, true);
}

/** The same by the YAML events alone, without the fast readers for JSON and plain manifests: the slow and literal form that these must agree with. */
export function parseByEvents(text: string, source: string): ParsedText {
  return parseWith(text, source, false);
}

function parseWith(text: string, source: string, fast: boolean): ParsedText {
  const clean = normalise(text);
  const json = fast ? parseJsonText(clean) : undefined;
  if (json !== undefined) return { documents: json.values.map((built) => toDocument(built, source)), problems: json.problems };
  const reader = new StreamReader(clean, source, fast);
  reader.read();
  return reader.result();
}

function normalise(text: string): string {
  const bare = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  return bare.includes('\r') ? bare.replace(/\r(?!\n)/g, '\n') : bare;
}

function toDocument(built: Built, source: string): Document {
  return { value: built.value, source, positions: built.positions };
}

class StreamReader {
  readonly #text: string;
  readonly #source: string;
  readonly #documents: Document[] = [];
  readonly #tools: BuilderTools = { table: new PositionTable(), interner: new Interner(), problems: [] };
  readonly #plain: boolean;
  #line = 1;

  constructor(text: string, source: string, plain: boolean) {
    this.#text = text;
    this.#source = source;
    this.#plain = plain;
  }

  read(): void {
    for (const section of splitSections(this.#text)) if (!this.#readPlain(section)) this.#readSection(section);
  }

  #readPlain(section: Section): boolean {
    if (!this.#plain) return false;
    this.#tools.table.truncate(0);
    const document = readPlainSection(this.#text, { ...section, line: this.#line }, this.#tools);
    if (document === undefined) return false;
    const { value, empty, lineAfter } = document;
    if (!empty) this.#documents.push({ value, source: this.#source, positions: this.#tools.table.copy(0) });
    this.#line = lineAfter;
    return true;
  }

  result(): ParsedText {
    return { documents: this.#documents, problems: nameTemplate(this.#text, this.#tools.problems) };
  }

  #readSection(section: Section): void {
    const text = this.#text.slice(section.start, section.end);
    const events = eventsOf(text);
    if ('reason' in events) {
      const places = new TextPositions(text, this.#line);
      places.moveTo(events.offset);
      this.#tools.problems.push({ kind: 'syntax', message: events.reason, line: places.line, column: places.column });
      places.moveTo(text.length);
      this.#line = places.line;
    } else this.#build(text, events.events);
  }

  #build(text: string, events: readonly Event[]): void {
    const places = new TextPositions(text, this.#line);
    const builder = new EventBuilder(text, events, places, this.#tools);
    for (;;) {
      try {
        const built = builder.nextDocument();
        if (built === undefined) break;
        if (!built.empty) this.#documents.push(toDocument(built, this.#source));
      } catch (error) {
        if (!(error instanceof DocumentRefused)) throw error;
        this.#tools.problems.push({ kind: error.kind, message: error.message, line: error.line, column: error.column });
      }
    }
    places.moveTo(text.length);
    this.#line = places.line;
  }
}

function eventsOf(text: string): { events: Event[] } | { reason: string; offset: number } {
  try {
    return { events: parseEvents(text, { maxDepth }) };
  } catch (error) {
    if (error instanceof YAMLException) return { reason: withoutQuotes(error.reason), offset: error.mark?.position ?? 0 };
    return { reason: error instanceof RangeError ? 'nested too deeply' : 'not readable as YAML', offset: 0 };
  }
}

/** Two of the parser's messages end in a piece of the text, which may be a secret that begins with `!`. */
function withoutQuotes(reason: string): string {
  return reason.replace(/^(tag name cannot contain such characters|undeclared tag handle).*$/s, '$1');
}

/** A text that is broken and holds template signs is one template, not many faults. */
function nameTemplate(text: string, problems: YamlProblem[]): YamlProblem[] {
  const broken = (problem: YamlProblem): boolean => problem.kind === 'syntax' || problem.kind === 'value';
  if (!problems.some(broken)) return problems;
  const sign = findTemplate(text);
  if (sign === undefined) return problems;
  const places = new TextPositions(text, 1);
  places.moveTo(sign.offset);
  const message = `a ${sign.kind} template, not YAML: render first`;
  return [
    { kind: 'template', message, line: places.line, column: places.column },
    ...problems.filter((problem) => !broken(problem)),
  ];
}
