import type { CardData, CardFinding } from './card.ts';

/** What the reader chose; an empty text means all. */
export interface FilterValues {
  readonly text: string;
  /** A verdict, `attention` (fail, not waived, or unknown), `waived`, or all. */
  readonly verdict: string;
  readonly severity: string;
  readonly area: string;
  /** `''` stands for what lies in no namespace. */
  readonly namespace: string | undefined;
}

/** Returns a function that finds the matching findings, in their order. All words of the text must occur, in any case. */
export function makeFilter(data: CardData): (values: FilterValues) => readonly CardFinding[] {
  // Made once, at the first search by text: joining ten thousand findings takes longer than a keystroke.
  const haystacks: string[] = [];
  return (values) => {
    const words = values.text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length > 0 && haystacks.length === 0)
      for (const finding of data.findings) haystacks.push(haystackOf(finding, data));
    return data.findings.filter((finding, index) => {
      const control = data.controls[finding.c];
      return (
        hasVerdict(finding, values.verdict) &&
        (values.severity === '' || control?.severity === values.severity) &&
        (values.area === '' || control?.area === values.area) &&
        (values.namespace === undefined || (finding.n ?? '') === values.namespace) &&
        words.every((word) => haystacks[index]?.includes(word) === true)
      );
    });
  };
}

function hasVerdict(finding: CardFinding, wanted: string): boolean {
  const waived = finding.w !== undefined;
  if (wanted === '') return true;
  if (wanted === 'waived') return waived;
  if (wanted === 'attention') return finding.v === 'unknown' || (finding.v === 'fail' && !waived);
  return finding.v === wanted;
}

function haystackOf(finding: CardFinding, data: CardData): string {
  const control = data.controls[finding.c];
  return [control?.id, control?.title, finding.s, finding.m, finding.r, ...finding.e.flat(), ...(finding.notes ?? [])]
    .join('\n')
    .toLowerCase();
}
