import { Environment } from '@marcbachmann/cel-js';
import type { Json } from '../../cluster/json.ts';
import { isObject } from '../../cluster/json.ts';

/** What became of an expression. */
export type Evaluated =
  | { readonly kind: 'value'; readonly value: unknown }
  /** In the words of cel-go. */
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** An expression that was read, and lies within the part of CEL that is answered for. */
export interface Expression {
  readonly text: string;
  /** `dyn` where only the value tells. */
  readonly type: string;
  /** `claims.email`: whether a member is selected by its name, as the checks of the server look for it. */
  selects(variable: string, member: string): boolean;
  evaluate(value: Json): Evaluated;
}

/** What `split` gives: the server's conversion takes only lists of the token and of literals. */
export class NativeList extends Array<string> {}

/** Functions and macros whose meaning is the same in cel-go and here; every other one is `unknown`. */
const known: ReadonlySet<string> = new Set([
  'all',
  'contains',
  'endsWith',
  'exists',
  'exists_one',
  'hasValue',
  'orValue',
  'size',
  'split',
  'startsWith',
]);

interface Node {
  readonly op: string;
  readonly args: unknown;
}

const dialect = { enableOptionalTypes: true, homogeneousAggregateLiterals: false } as const;
const userMembers = { username: 'string', uid: 'string', groups: 'list<string>', extra: 'map<string, list<string>>' };

const environments = new Map<string, Environment>();

function environmentOf(variable: string): Environment {
  let found = environments.get(variable);
  if (found === undefined) {
    found = new Environment(dialect).registerVariable(variable, 'map');
    environments.set(variable, found);
  }
  return found;
}

let userEnvironment: Environment | undefined;

/** The members of `user` have types; a member that it does not have is no expression. For checks alone. */
function typedUser(): Environment {
  return (userEnvironment ??= new Environment(dialect).registerVariable({
    name: 'user',
    schema: userMembers,
  }));
}

/**
 * Reads an expression over one variable (`claims`, `user`). `undefined`: it does not compile, or goes beyond what is answered for here.
 *
 * Rule source: k8s.io/apiserver pkg/authentication/cel, cel-go; held to recordings of a real server.
 */
export function readExpression(text: string, variable: string): Expression | undefined {
  const environment = environmentOf(variable);
  try {
    const checked = (variable === 'user' ? typedUser() : environment).check(text);
    if (!checked.valid) return undefined;
    const parsed = environment.parse(text);
    const ast = parsed.ast as unknown as Node;
    if (!isWithin(ast)) return undefined;
    return {
      text,
      type: String(checked.type),
      selects: (name, member) => selects(ast, name, member),
      evaluate(value) {
        try {
          const result: unknown = parsed({ [variable]: celValue(value) });
          return { kind: 'value', value: isSplit(ast) && Array.isArray(result) ? NativeList.from(result as string[]) : result };
        } catch (error) {
          return evaluationError(error, text);
        }
      },
    };
  } catch {
    return undefined;
  }
}

/**
 * What the server's compiler says of an expression whose only fault is one name that nothing declares, or one member that `user` does not have;
 * `undefined` for every other one: its words are not known.
 */
export function compilationFault(text: string, variable: string): string | undefined {
  if (/[\n\t]|[^\x20-\x7e]/.test(text)) return undefined;
  const plain = environmentOf(variable);
  try {
    const ast = plain.parse(text).ast as unknown as Node;
    const strange = namesOf(ast, []).filter(({ name }) => name !== variable);
    const [first, second] = strange;
    if (first !== undefined && second === undefined) {
      const declared = plain.clone().registerVariable(first.name, 'dyn');
      return declared.check(text).valid && isWithin(ast)
        ? located(text, first.at, `undeclared reference to '${first.name}' (in container '')`)
        : undefined;
    }
    if (variable !== 'user' || strange.length > 0 || !plain.check(text).valid || !isWithin(ast)) return undefined;
    const [field, another] = membersOf(ast).filter(({ name }) => !Object.hasOwn(userMembers, name));
    return field === undefined || another !== undefined ? undefined : located(text, field.at, `undefined field '${field.name}'`);
  } catch {
    return undefined;
  }
}

/** As cel-go prints a fault: line, column and the expression with a mark below. */
function located(text: string, at: number, message: string): string {
  return `compilation failed: ERROR: <input>:1:${at + 1}: ${message}\n | ${text}\n | ${'.'.repeat(at)}^`;
}

/** A name and the offset at which a fault of it is reported. */
interface Named {
  readonly name: string;
  readonly at: number;
}

/** Identifiers of a tree that no macro around them declares. */
function namesOf(node: unknown, bound: readonly string[]): readonly Named[] {
  if (Array.isArray(node)) return node.flatMap((one) => namesOf(one, bound));
  if (typeof node !== 'object' || node === null) return [];
  const { op, args, pos } = node as Node & { readonly pos: number };
  if (op === 'id') return bound.includes(String(args)) ? [] : [{ name: String(args), at: pos }];
  if (op !== 'rcall' || !Array.isArray(args)) return namesOf(args, bound);
  const [name, of, given] = args as unknown as readonly [string, unknown, readonly Node[]];
  const [declared, ...rest] = ['all', 'exists', 'exists_one'].includes(name) ? given : [];
  if (declared?.op !== 'id') return [...namesOf(of, bound), ...namesOf(given, bound)];
  return [...namesOf(of, bound), ...namesOf(rest, [...bound, String(declared.args)])];
}

/** Members of `user` that are selected; the fault of one is reported at its dot. */
function membersOf(node: unknown): readonly Named[] {
  if (Array.isArray(node)) return node.flatMap(membersOf);
  if (typeof node !== 'object' || node === null) return [];
  const { op, args, pos } = node as Node & { readonly pos: number };
  if (op === '.' && Array.isArray(args)) {
    const [of, name] = args as unknown as readonly [Node, string];
    if (of.op === 'id' && of.args === 'user') return [{ name, at: pos - 1 }];
  }
  return membersOf(args);
}

function isSplit({ op, args }: Node): boolean {
  return op === 'rcall' && Array.isArray(args) && args[0] === 'split';
}

/** Whether all of a tree is of the part that is answered for. */
function isWithin(node: unknown): boolean {
  if (Array.isArray(node)) return node.every(isWithin);
  if (typeof node !== 'object' || node === null) return true;
  const { op, args } = node as Node;
  if (typeof op !== 'string') return false;
  if (op === 'call' && Array.isArray(args) && args[0] !== 'has' && !known.has(String(args[0]))) return false;
  if (op === 'rcall' && Array.isArray(args) && !known.has(String(args[0]))) return false;
  return isWithin(args);
}

function selects(node: unknown, variable: string, member: string): boolean {
  if (Array.isArray(node)) return node.some((one) => selects(one, variable, member));
  if (typeof node !== 'object' || node === null) return false;
  const { op, args } = node as Node;
  if ((op === '.' || op === '.?') && Array.isArray(args)) {
    const [of, name] = args as unknown as readonly [Node, unknown];
    if (of.op === 'id' && of.args === variable && name === member) return true;
  }
  return selects(args, variable, member);
}

function evaluationError(error: unknown, text: string): Evaluated {
  const { code, message = '' } = error as { readonly code?: string; readonly message?: string };
  const [line = ''] = message.split('\n');
  if (code === 'no_such_key') return { kind: 'error', message: line.replace(/^No such key/, 'no such key') };
  const overload = /^found no matching overload for '(list|map|string|int|double|bool)(?:<.*>)?\.(\w+)\((.*)\)'$/.exec(line);
  if (code === 'no_matching_overload' && overload !== null)
    return { kind: 'error', message: `no such overload: ${overload[2] ?? ''}(${overload[1] ?? ''}, ${overload[3] ?? ''})` };
  return { kind: 'unknown', why: `how the server words the error of ${text} is not known` };
}

/** Whole numbers are integers there. */
function celValue(value: Json): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((one) => celValue(one as Json));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, celValue(one ?? null)]));
}
