import type { Report } from '../../results/report.ts';
import type { Area } from '../../results/verdict.ts';
import { countByArea } from '../order.ts';
import type { AreaCounts } from '../order.ts';
import type { CardVerdict } from './card.ts';
import { escapeHtml } from './escape.ts';

// The way of a request through the API server, each station with the verdict of its area. Drawn twice, lying for wide
// windows and standing for narrow ones; the style sheet shows one of them.

const names: Readonly<Record<Area, string>> = {
  encryption: 'Encryption',
  authentication: 'Authentication',
  authorization: 'Authorization',
  admission: 'Admission',
  audit: 'Audit',
  'api-server': 'API server',
  network: 'Network',
  workload: 'Workloads',
  resources: 'Resources',
  kubelet: 'Kubelet',
  etcd: 'etcd',
  'controller-manager': 'Controller manager',
  scheduler: 'Scheduler',
  node: 'Nodes',
  tooling: 'Tooling',
};

/** The areas that do not lie on the way of a request to etcd. */
const beside: readonly Area[] = [
  'kubelet',
  'workload',
  'network',
  'resources',
  'node',
  'controller-manager',
  'scheduler',
  'tooling',
];

/** The name of an area as a heading. */
export function areaName(area: Area): string {
  return names[area];
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The picture of the request path as two inline SVGs, coloured by verdict with icon and words. */
export function pictureHtml(report: Report): string {
  const byArea = new Map(countByArea(report).map((counts) => [counts.area, counts]));
  const rest = beside.filter((area) => byArea.has(area));
  return `<div class="picture wide">${lying(byArea, rest)}</div><div class="picture narrow">${standing(byArea, rest)}</div>`;
}

type Counts = ReadonlyMap<Area, AreaCounts>;

function lying(counts: Counts, rest: readonly Area[]): string {
  const box = (x: number, width: number): Box => ({ x, y: 92, width, height: 84 });
  const gap = 16;
  const width = rest.length === 0 ? 0 : (1068 - gap * (rest.length - 1)) / rest.length;
  return svg(1080, rest.length === 0 ? 290 : 412, [
    frame({ x: 118, y: 10, width: 606, height: 268 }),
    frame({ x: 752, y: 54, width: 322, height: 138 }),
    label(913, 79, 'What lies on disk', 'frame-label'),
    client({ x: 6, y: 92, width: 88, height: 84 }),
    arrow('M94 134 H128'),
    arrow('M314 134 H326'),
    arrow('M512 134 H524'),
    arrow('M710 134 H762'),
    arrow('M918 134 H928'),
    arrow('M421 176 V192'),
    station(counts, 'api-server', { x: 132, y: 24, width: 578, height: 52 }),
    station(counts, 'authentication', box(132, 182)),
    station(counts, 'authorization', box(330, 182)),
    station(counts, 'admission', box(528, 182)),
    station(counts, 'audit', { x: 132, y: 196, width: 578, height: 66 }),
    station(counts, 'encryption', box(766, 152)),
    station(counts, 'etcd', box(932, 128)),
    ...(rest.length === 0 ? [] : ['<path class="bus" d="M421 278 V298"/>']),
    ...rest.flatMap((area, index) => {
      const x = 6 + index * (width + gap);
      return [
        `<path class="bus" d="M${x + width / 2} 298 V318 M${Math.min(421, x + width / 2)} 298 H${Math.max(421, x + width / 2)}"/>`,
        station(counts, area, { x, y: 318, width, height: 84 }),
      ];
    }),
  ]);
}

function standing(counts: Counts, rest: readonly Area[]): string {
  const row = (y: number, x = 24, width = 312): Box => ({ x, y, width, height: 62 });
  const below = 600;
  const places: readonly (readonly [Area, Box])[] = [
    ['api-server', row(94)],
    ['authentication', row(176, 24, 208)],
    ['authorization', row(258, 24, 208)],
    ['admission', row(340, 24, 208)],
    ['encryption', row(434)],
    ['etcd', row(520)],
  ];
  return svg(360, below + Math.ceil(rest.length / 2) * 80 + 4, [
    frame({ x: 10, y: 82, width: 340, height: 332 }),
    client({ x: 120, y: 6, width: 120, height: 50 }),
    ...['M180 56 V90', 'M128 156 V172', 'M128 238 V254', 'M128 320 V336', 'M128 402 V430', 'M180 496 V516', 'M232 289 H240'].map(
      (path) => arrow(path),
    ),
    ...places.map(([area, box]) => station(counts, area, box)),
    tallStation(counts, 'audit', { x: 244, y: 176, width: 92, height: 226 }),
    ...rest.map((area, index) =>
      station(counts, area, { x: index % 2 === 0 ? 10 : 184, y: below + Math.floor(index / 2) * 80, width: 166, height: 72 }),
    ),
  ]);
}

function svg(width: number, height: number, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="group" aria-label="The way of a request: client, authentication, authorization, admission, encryption, etcd; audit beside it; each with its verdict">${parts.join('')}</svg>`;
}

function frame({ x, y, width, height }: Box): string {
  return `<rect class="frame" x="${x}" y="${y}" width="${width}" height="${height}" rx="14"/>`;
}

function arrow(path: string): string {
  return `<path class="arrow" d="${path}" marker-end="url(#arrow)"/>`;
}

function label(x: number, y: number, text: string, name: string): string {
  return `<text class="${name}" x="${x}" y="${y}" text-anchor="middle">${escapeHtml(text)}</text>`;
}

function client({ x, y, width, height }: Box): string {
  return `<g class="client"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/>${label(x + width / 2, y + height / 2 - 2, 'Client', 'name')}${label(x + width / 2, y + height / 2 + 17, 'a request', 'count')}</g>`;
}

/** The verdict that colours an area: its worst control, waived failures aside. */
export function verdictOf(counts: AreaCounts): CardVerdict {
  const worst = counts.worst;
  if (worst === undefined) return 'not-applicable';
  if (worst.verdict === 'fail' && worst.waived) return counts.verdicts.unknown > 0 ? 'unknown' : 'pass';
  return worst.verdict;
}

function countText({ verdicts, total }: AreaCounts): string {
  const parts = [`${verdicts.fail} fail`, `${verdicts.unknown} unknown`, `${verdicts.pass} pass`].filter(
    (part) => !part.startsWith('0 '),
  );
  return parts.length === 0 ? `${total} not applicable` : parts.join(' · ');
}

function station(counts: Counts, area: Area, box: Box): string {
  const { x, y, width, height } = box;
  const middle = y + height / 2;
  const text = stationText(counts.get(area));
  const wide = width > 400;
  const countLine = wide
    ? `<text class="count" x="${x + width - 16}" y="${middle + 5}" text-anchor="end">${escapeHtml(text)}</text>`
    : lines(text, x + 42, middle + 17, width);
  const name = `<text class="name" x="${x + 42}" y="${wide ? middle + 5 : middle - 3}">${escapeHtml(names[area])} </text>`;
  return stationBox(counts, area, box, { x: x + 14, y: middle - 11 }, name + countLine);
}

/** A station that stands beside several others: icon, name and counts one below the other. */
function tallStation(counts: Counts, area: Area, box: Box): string {
  const center = box.x + box.width / 2 + 3;
  const middle = box.y + box.height / 2;
  const parts = stationText(counts.get(area)).split(' · ');
  const text = parts.map((part, index) => label(center, middle + 32 + index * 16, `${part} `, 'count')).join('');
  return stationBox(
    counts,
    area,
    box,
    { x: center - 11, y: middle - 24 },
    label(center, middle + 14, `${names[area]} `, 'name') + text,
  );
}

function stationText(judged: AreaCounts | undefined): string {
  return judged === undefined ? 'not judged' : countText(judged);
}

function stationBox(
  counts: Counts,
  area: Area,
  { x, y, width, height }: Box,
  mark: { readonly x: number; readonly y: number },
  text: string,
): string {
  const judged = counts.get(area);
  const verdict = judged === undefined ? 'not-applicable' : verdictOf(judged);
  const body =
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/><rect class="edge" x="${x}" y="${y}" width="6" height="${height}" rx="3"/>` +
    `<use class="mark" href="#icon-${verdict}" x="${mark.x}" y="${mark.y}" width="22" height="22"/>${text}`;
  return judged === undefined
    ? `<g class="station v-not-applicable">${body}</g>`
    : `<a class="station v-${verdict}" href="#area-${area}" data-area="${area}">${body}</a>`;
}

/** Counts that are too long for one line of a box stand on two. */
function lines(text: string, x: number, y: number, width: number): string {
  const parts = text.split(' · ');
  const room = (width - 50) / 7;
  if (text.length <= room || parts.length < 2) return `<text class="count" x="${x}" y="${y}">${escapeHtml(text)}</text>`;
  return `<text class="count" x="${x}" y="${y - 2}">${escapeHtml(parts.slice(0, -1).join(' · '))} </text><text class="count" x="${x}" y="${y + 13}">${escapeHtml(parts.at(-1) ?? '')}</text>`;
}
