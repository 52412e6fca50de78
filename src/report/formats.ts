import type { Report } from '../results/report.ts';

/** The formats that `-o` knows besides the terminal's. */
export const reportFormats = ['json', 'sarif', 'junit', 'markdown', 'html', 'csv'] as const;

export type ReportFormat = (typeof reportFormats)[number];

/** Options of single formats. */
export interface FormatOptions {
  /** Folder that SARIF makes absolute paths relative to. */
  readonly root?: string;
}

type Renderer = (report: Report, options: FormatOptions) => string;

// Each renderer is loaded when it is asked for, so that a scan's start does not pay for the others.
const renderers: Readonly<Record<ReportFormat, () => Promise<Renderer>>> = {
  json: async () => (await import('./json.ts')).renderJson,
  sarif: async () => (await import('./sarif.ts')).renderSarif,
  junit: async () => (await import('./junit.ts')).renderJunit,
  markdown: async () => (await import('./markdown.ts')).renderMarkdown,
  html: async () => (await import('./html/html.ts')).renderHtml,
  csv: async () => (await import('./csv.ts')).renderCsv,
};

/** Renders a report in a format; the text ends with a line end. */
export async function renderReport(format: ReportFormat, report: Report, options: FormatOptions = {}): Promise<string> {
  const render = await renderers[format]();
  return render(report, options);
}
