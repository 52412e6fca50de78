import { readFileSync, writeFileSync } from 'node:fs';
import type { AuditPolicy } from '../audit/audit-policy.ts';
import { attributesOfEvent, readEvent } from '../audit/event.ts';
import { lintPolicy } from '../audit/policy-advice/lint.ts';
import type { Frequent } from '../audit/policy-advice/suggest.ts';
import { quietRules, ruleText } from '../audit/policy-advice/suggest.ts';
import type { PolicyTrial } from '../audit/policy-advice/try.ts';
import { PolicyTrialRun } from '../audit/policy-advice/try.ts';
import { loadAuditPolicy } from '../audit/policy-file.ts';
import { compilePolicy } from '../audit/policy.ts';
import { readLog } from '../audit/reader/read-log.ts';
import { bundledRequestLines } from '../audit/requests.ts';
import { logFiles } from '../audit/store/load.ts';
import { shownMessage } from '../cluster/decode/loaded.ts';
import type { Document } from '../cluster/document.ts';
import { placeOf } from '../cluster/document.ts';
import type { JsonObject } from '../cluster/json.ts';
import { defaultPolicy } from '../controls/audit/default-policy.ts';
import { printable } from '../report/printable.ts';
import { loadRemarks, refuseNothing } from './audit-options.ts';
import { UsageError, exitCodes } from './errors.ts';
import { progressLine } from './progress.ts';

/** What `bulwark audit policy …` reads. */
export interface PolicyOptions {
  readonly auditLog: readonly string[];
  readonly kubernetesVersion: number;
  readonly output: 'text' | 'json';
  readonly out?: string;
}

interface ReadPolicy {
  readonly policy: AuditPolicy;
  readonly document: Document;
  readonly warnings: readonly string[];
}

/** Reads a policy file as a server would. Errors: UsageError where it cannot be read; a text where no server loads it. */
function readPolicyFile(file: string, minor: number): ReadPolicy | string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read'}`);
  }
  const loaded = loadAuditPolicy(text, { path: file, minor });
  if (loaded.kind === 'accepted') return { policy: loaded.configuration, document: loaded.document, warnings: loaded.warnings };
  const at = loaded.line === undefined ? file : `${file}:${loaded.line}${loaded.column === undefined ? '' : `:${loaded.column}`}`;
  return `${at}: no API server 1.${minor} loads it: ${shownMessage(loaded)}`;
}

/** `bulwark audit policy lint`: 1 where an error stands. */
export function lint(file: string, { kubernetesVersion: minor, output }: PolicyOptions): number {
  const read = readPolicyFile(file, minor);
  if (typeof read === 'string') {
    const remark = { severity: 'error', message: read, source: file };
    process.stdout.write(output === 'json' ? `${JSON.stringify([remark], null, 2)}\n` : `error: ${printable(read)}\n`);
    return exitCodes.findings;
  }
  const { policy, document, warnings } = read;
  const remarks = [
    ...warnings.map((message) => ({
      severity: 'error' as const,
      message: `is read otherwise than written: ${message}`,
      source: file,
      line: undefined,
      column: undefined,
    })),
    ...lintPolicy(policy, bundledRequestLines(), minor).map(({ severity, message, path }) => {
      const { line, column } = placeOf(document, path);
      return { severity, message, source: file, line, column };
    }),
  ];
  if (output === 'json') process.stdout.write(`${JSON.stringify(remarks, null, 2)}\n`);
  else {
    for (const { severity, message, line, column } of remarks)
      process.stdout.write(
        `${severity.padEnd(7)} ${file}${line === undefined ? '' : `:${line}:${column ?? 1}`}\n        ${printable(message)}\n`,
      );
    const errors = remarks.filter(({ severity }) => severity === 'error').length;
    process.stdout.write(`${errors} errors, ${remarks.length - errors} warnings\n`);
  }
  return remarks.some(({ severity }) => severity === 'error') ? exitCodes.findings : exitCodes.holds;
}

async function eachEvent(logs: readonly string[], onEvent: (event: JsonObject, bytes: number) => void): Promise<void> {
  if (logs.length === 0) throw new UsageError('no audit log is given', 'name one: --audit-log LOG');
  const progress = progressLine();
  const sources = [];
  for (const path of logs) {
    let files: readonly string[];
    try {
      files = path === '-' ? ['-'] : logFiles(path);
    } catch (error) {
      throw new UsageError(`${path}: ${error instanceof Error && 'code' in error ? String(error.code) : 'cannot be read'}`);
    }
    for (const file of files) {
      progress.show(`reading ${file}`);
      const bytes = file === '-' ? readFileSync(0) : file;
      sources.push({
        ...(await readLog(bytes, file, (event) => onEvent(event, Buffer.byteLength(JSON.stringify(event)) + 1))),
        added: 0,
      });
    }
  }
  progress.clear();
  refuseNothing({ sources });
  for (const remark of loadRemarks({ sources })) process.stderr.write(`${printable(remark)}\n`);
}

/** `bulwark audit policy try`: what a policy would have written. Returns the exit code. */
export async function tryPolicy(file: string, options: PolicyOptions): Promise<number> {
  const read = readPolicyFile(file, options.kubernetesVersion);
  if (typeof read === 'string') throw new UsageError(read);
  const run = new PolicyTrialRun(compilePolicy(read.policy, options.kubernetesVersion));
  await eachEvent(options.auditLog, (event, bytes) => run.add(event, bytes));
  const trial = run.trial();
  process.stdout.write(options.output === 'json' ? `${JSON.stringify(trial, null, 2)}\n` : trialText(trial));
  return exitCodes.holds;
}

function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`;
}

const shownLost = 20;

function trialText(trial: PolicyTrial): string {
  // Of less than an hour nobody can tell a day.
  const isLong = trial.days > 1 / 24;
  const aDay = (value: number) => (isLong ? value / trial.days : value);
  const per = isLong ? 'a day' : 'in all';
  const lines = [
    `log      ${trial.events} events, ${size(trial.bytes)} in ${trial.days.toFixed(2)} days`,
    `policy   ${trial.written} events, ${size(trial.writtenBytes)}: ${Math.round(aDay(trial.written))} events and ${size(aDay(trial.writtenBytes))} ${per}`,
    '',
    `rule  level              events      bytes  ${per}`,
    ...trial.rules.map(
      ({ rule, level, events, bytes }) =>
        `${(rule === undefined ? 'none' : String(rule + 1)).padStart(4)}  ${level.padEnd(15)} ${String(events).padStart(9)} ${size(bytes).padStart(10)}  ${size(aDay(bytes))}`,
    ),
  ];
  if (trial.poorer > 0)
    lines.push('', `${trial.poorer} events would hold more than the log shows of them: the bytes are a lower bound.`);
  if (trial.lost.length > 0) {
    lines.push('', 'no longer seen, or with less');
    for (const { how, events, user, verb, what } of trial.lost.slice(0, shownLost))
      lines.push(
        `${String(events).padStart(9)} ${how.padEnd(7)} ${verb} ${what}`,
        `${' '.repeat(18)}${user === '' ? 'nobody (not authenticated)' : user}`,
      );
    const more = trial.lost.length - shownLost + trial.moreLost;
    if (more > 0) lines.push(`          and ${more} more kinds of access (-o json has them)`);
  }
  lines.push('', 'What the log itself does not hold cannot be tried.');
  return `${lines.map((line) => printable(line)).join('\n')}\n`;
}

/** `bulwark audit policy suggest`: writes a policy that sees what has to be seen. Returns the exit code. */
export async function suggest(options: PolicyOptions): Promise<number> {
  const { kubernetesVersion: minor } = options;
  const lines = bundledRequestLines();
  const base = loadAuditPolicy(defaultPolicy, { path: 'default', minor });
  if (base.kind === 'refused') throw new UsageError(`no policy can be proposed for 1.${minor}: ${base.message}`);
  let text = defaultPolicy;
  let note = 'without a log nothing more can be left out';
  if (options.auditLog.length > 0) {
    const kinds = new Map<string, { -readonly [Key in keyof Frequent]: Frequent[Key] }>();
    const compiled = compilePolicy(base.configuration, minor);
    const run = new PolicyTrialRun(compiled);
    let written = 0;
    await eachEvent(options.auditLog, (event, bytes) => {
      run.add(event, bytes);
      const read = readEvent(event);
      if (read === undefined || read.stage === 'RequestReceived') return;
      const attributes = attributesOfEvent(read);
      if (attributes.kind !== 'resource' || compiled.decide(attributes).level === 'None') return;
      written++;
      const resource = attributes.subresource === '' ? attributes.resource : `${attributes.resource}/${attributes.subresource}`;
      const { verb, apiGroup, namespace } = attributes;
      const key = JSON.stringify([read.user.username, verb, apiGroup, resource, namespace]);
      const kind = kinds.get(key);
      if (kind === undefined) kinds.set(key, { user: read.user.username, verb, apiGroup, resource, namespace, events: 1 });
      else kind.events++;
    });
    const quiet = quietRules(base.configuration, [...kinds.values()], lines, minor, written);
    text = defaultPolicy.replace(
      /\n {2}# What changes who may do what/,
      `\n${quiet.map(ruleText).join('\n')}\n  # What changes who may do what`,
    );
    const spared = quiet.reduce((sum, { spares }) => sum + spares, 0);
    const trial = run.trial();
    note = `of ${trial.events} events in the log ${trial.written} would be written without, ${trial.written - spared} with ${quiet.length} rules for what is made often`;
  }
  const check = loadAuditPolicy(text, { path: 'suggested', minor });
  if (check.kind === 'refused') throw new UsageError(`the proposed policy is refused: ${check.message}`);
  const missing = lintPolicy(check.configuration, lines, minor).filter(({ severity }) => severity === 'error');
  if (missing.length > 0) throw new UsageError(`the proposed policy has a fault: ${missing[0]?.message ?? ''}`);
  if (options.out === undefined) process.stdout.write(text);
  else {
    try {
      writeFileSync(options.out, text);
    } catch (error) {
      throw new UsageError(
        `${options.out}: ${error instanceof Error && 'code' in error ? String(error.code) : 'cannot be written'}`,
      );
    }
  }
  process.stderr.write(
    `${note}; all ${lines.filter(({ required }) => required).length} requests that have to be seen still are\n`,
  );
  return exitCodes.holds;
}
