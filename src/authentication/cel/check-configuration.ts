import { printPath } from '../../cluster/decode/field-errors.ts';
import { goQuote } from '../../cluster/go-quote.ts';
import type { FieldPath } from '../../cluster/json.ts';
import type { AuthenticationConfiguration, JwtAuthenticator } from '../configuration-types.ts';
import { printedError } from '../outcome.ts';
import type { Expression } from './expression.ts';
import { compilationFault, readExpression } from './expression.ts';

/** What the expressions of a configuration let a server do at its start. */
export type CheckedExpressions =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'unknown'; readonly why: string };

const emailMessage =
  'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression';

/**
 * Checks the CEL expressions of a configuration that is well formed otherwise: rules are bools, and who takes `claims.email` for a name looks at
 * `claims.email_verified`. One that does not compile here is `unknown`: the words of the server's compiler are not known.
 *
 * Rule source: k8s.io/apiserver pkg/apis/apiserver/validation/validation.go, pkg/authentication/cel/compile.go.
 */
export function checkExpressions({ jwt }: AuthenticationConfiguration): CheckedExpressions {
  const messages: string[] = [];
  for (const [index, entry] of jwt.entries()) {
    const unknown = checkEntry(entry, ['jwt', index], messages);
    if (unknown !== undefined) return { kind: 'unknown', why: unknown };
  }
  if (messages.length === 0) return { kind: 'accepted' };
  return { kind: 'refused', message: printedError(messages) };
}

/** @returns why nobody here can tell */
function checkEntry(entry: JwtAuthenticator, at: FieldPath, messages: string[]): string | undefined {
  const { claimMappings, claimValidationRules, userValidationRules } = entry;
  let unknown: string | undefined;
  const read = (text: string, variable: 'claims' | 'user', path: FieldPath, isRule: boolean): Expression | undefined => {
    if (text === '') return undefined;
    const expression = readExpression(text, variable);
    const why = `the CEL expression ${text} does not compile, or is not answered for`;
    const fault = expression === undefined ? compilationFault(text, variable) : undefined;
    if (fault !== undefined) messages.push(`${printPath([...at, ...path])}: Invalid value: ${goQuote(text)}: ${fault}`);
    else if (expression === undefined) unknown ??= why;
    else if (isRule && expression.type === 'dyn') unknown ??= `which type the compiler finds for ${text} is not known`;
    else if (isRule && expression.type !== 'bool')
      messages.push(`${printPath([...at, ...path])}: Invalid value: ${goQuote(text)}: must evaluate to bool`);
    return expression;
  };
  const rules = claimValidationRules.map(({ expression }, rule) =>
    read(expression, 'claims', ['claimValidationRules', rule, 'expression'], true),
  );
  const { username, groups, uid, extra } = claimMappings;
  const name = read(username.expression, 'claims', ['claimMappings', 'username', 'expression'], false);
  read(groups.expression, 'claims', ['claimMappings', 'groups', 'expression'], false);
  read(uid.expression, 'claims', ['claimMappings', 'uid', 'expression'], false);
  const values = extra.map(({ valueExpression }, item) =>
    read(valueExpression, 'claims', ['claimMappings', 'extra', item, 'valueExpression'], false),
  );
  const verified = [name, ...values, ...rules].some((one) => one?.selects('claims', 'email_verified') === true);
  if (name?.selects('claims', 'email') === true && !verified)
    messages.push(
      `${printPath([...at, 'claimMappings', 'username', 'expression'])}: Invalid value: ${goQuote(name.text)}: ${emailMessage}`,
    );
  for (const [rule, { expression }] of userValidationRules.entries())
    read(expression, 'user', ['userValidationRules', rule, 'expression'], true);
  return unknown;
}
