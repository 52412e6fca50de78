import { existsSync, readFileSync } from 'node:fs';
import { catalogue } from '../controls/catalogue.ts';

/** The Markdown page of every control, by id: from the bundle's pages.json, else from the source folders. */
export function controlPages(): Readonly<Record<string, string>> {
  const bundled = new URL('./pages.json', import.meta.url);
  const parent = new URL('../pages.json', import.meta.url);
  for (const file of [bundled, parent])
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  const pages: Record<string, string> = {};
  for (const { id, area } of catalogue) {
    const page = new URL(`../controls/${area}/${id}/control.md`, import.meta.url);
    if (existsSync(page)) pages[id] = readFileSync(page, 'utf8');
  }
  return pages;
}
