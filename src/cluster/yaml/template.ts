/** What kind of template a text that is not YAML looks like, and where its first sign stands (offset). */
export interface TemplateSign {
  readonly kind: 'Helm (Go)' | 'Jinja';
  readonly offset: number;
}

/**
 * Looks for the signs of a template: `{{ … }}` of Helm, Go or Jinja, `{% … %}` and `{# … #}` of Jinja.
 *
 * To be asked only for a text that did not parse: braces inside strings and comments are no template.
 */
export function findTemplate(text: string): TemplateSign | undefined {
  const jinja = /\{%[-+]?\s[^\n]*?%\}|\{#[^\n]*?#\}/.exec(text);
  const braces = /\{\{[^\n]*?\}\}|\{\{-?\s*(?:\/\*|if|with|range|define|include|template|block|end)\b/.exec(text);
  if (braces === null && jinja === null) return undefined;
  const offset = Math.min(braces?.index ?? Infinity, jinja?.index ?? Infinity);
  const go =
    braces !== null &&
    /\{\{-?\s*(?:\/\*|[.$(]|(?:if|with|range|define|include|template|block|end|else|toYaml|tpl|default|required|quote|printf|lookup)\b)/.test(
      text,
    );
  return { kind: jinja !== null || !go ? 'Jinja' : 'Helm (Go)', offset };
}
