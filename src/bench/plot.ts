/** Figures as a picture: one SVG file of panels, each of them on logarithmic axes, since times differ by thousands. */

/** A value of a row, with the range that it lies in. */
export interface Mark {
  readonly series: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** Rows of marks along one axis. */
export interface DotPanel {
  readonly kind: 'dots';
  readonly title: string;
  /** what the axis counts */
  readonly unit: string;
  /** where a line is drawn that says: equal, or enough */
  readonly reference: number;
  readonly rows: readonly { readonly label: string; readonly marks: readonly Mark[] }[];
}

/** Lines over a size. */
export interface LinePanel {
  readonly kind: 'lines';
  readonly title: string;
  readonly xUnit: string;
  readonly yUnit: string;
  readonly lines: readonly {
    readonly series: string;
    readonly isDashed: boolean;
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
}

export type Panel = DotPanel | LinePanel;

const WIDTH = 1080;
const MARGIN = 28;
const LABELS = 300;
const ROW = 17;
const CHART = { columns: 2, height: 230, gap: 64 };
/** Colours that those who see few colours can tell apart (Okabe and Ito). */
const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#666666',
  '#999933',
  '#882255',
];
const INK = '#222';
const FAINT = '#ddd';

/** Draws panels one below the other; charts of lines stand side by side. */
export function plot(heading: string, panels: readonly Panel[]): string {
  const names = new Set(panels.flatMap(seriesOf));
  const colours = new Map([...names].map((name, index) => [name, COLOURS[index % COLOURS.length]]));
  const parts: string[] = [];
  let y = MARGIN + 20;
  parts.push(text(MARGIN, y, heading, { size: 13, weight: 600 }));
  y += 20;
  const dots = panels.filter((panel) => panel.kind === 'dots' && panel.rows.length > 0) as DotPanel[];
  for (const panel of dots) {
    const { svg, height } = dotPanel(panel, colours, y);
    parts.push(svg);
    y += height;
  }
  const lines = panels.filter(({ kind }) => kind === 'lines') as LinePanel[];
  const width = (WIDTH - 2 * MARGIN - CHART.gap * (CHART.columns - 1)) / CHART.columns;
  lines.forEach((panel, index) => {
    const column = index % CHART.columns;
    const top = y + Math.floor(index / CHART.columns) * (CHART.height + CHART.gap + 40);
    parts.push(linePanel(panel, colours, { x: MARGIN + column * (width + CHART.gap), y: top, width }));
  });
  y += Math.ceil(lines.length / CHART.columns) * (CHART.height + CHART.gap + 40);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${round(y)}" width="${WIDTH}" height="${round(y)}" ` +
    `font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="11">\n` +
    `<rect width="100%" height="100%" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`
  );
}

const seriesOf = (panel: Panel): readonly string[] =>
  panel.kind === 'dots'
    ? panel.rows.flatMap(({ marks }) => marks.map(({ series }) => series))
    : panel.lines.map(({ series }) => series);

type Colours = ReadonlyMap<string, string>;

function dotPanel(panel: DotPanel, colours: Colours, top: number): { svg: string; height: number } {
  const marks = panel.rows.flatMap((row) => row.marks);
  const scale = logScale(
    [panel.reference, ...marks.map(({ value }) => value)],
    MARGIN + LABELS,
    WIDTH - MARGIN - 20,
  );
  const first = top + 62;
  const bottom = first + panel.rows.length * ROW;
  const parts = [text(MARGIN, top + 22, panel.title, { size: 15, weight: 600 })];
  parts.push(legend(seriesOf(panel), colours, MARGIN, top + 42));
  for (const tick of scale.ticks) {
    const x = scale.at(tick);
    parts.push(
      line(x, first - 10, x, bottom, FAINT),
      text(x, bottom + 14, short(tick), { anchor: 'middle' }),
    );
  }
  parts.push(line(scale.at(panel.reference), first - 10, scale.at(panel.reference), bottom, INK));
  parts.push(text(WIDTH - MARGIN, bottom + 30, panel.unit, { anchor: 'end', fill: '#666' }));
  for (const [index, row] of panel.rows.entries()) {
    const y = first + index * ROW;
    parts.push(text(MARGIN + LABELS - 14, y + 4, row.label, { anchor: 'end' }));
    for (const { series, value, low = value, high = value } of row.marks) {
      const colour = colours.get(series)!;
      parts.push(line(scale.at(low), y, scale.at(high), y, colour, 3, 0.35));
      parts.push(`<circle cx="${round(scale.at(value))}" cy="${round(y)}" r="4" fill="${colour}"/>`);
    }
  }
  return { svg: parts.join('\n'), height: bottom - top + 52 };
}

function linePanel(
  panel: LinePanel,
  colours: Colours,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): string {
  const points = panel.lines.flatMap((given) => given.points);
  const left = x + 46;
  const top = y + 50;
  const bottom = top + CHART.height - 30;
  const across = logScale(
    points.map(([size]) => size),
    left,
    x + width,
  );
  const up = logScale(
    points.map(([, time]) => time),
    bottom,
    top,
  );
  const parts = [text(x, y + 16, panel.title, { size: 14, weight: 600 })];
  parts.push(legend(seriesOf(panel), colours, x, y + 34));
  for (const tick of across.ticks) {
    parts.push(line(across.at(tick), top, across.at(tick), bottom, FAINT));
    parts.push(text(across.at(tick), bottom + 15, short(tick), { anchor: 'middle' }));
  }
  for (const tick of up.ticks) {
    parts.push(line(left, up.at(tick), x + width, up.at(tick), FAINT));
    parts.push(text(left - 6, up.at(tick) + 4, short(tick), { anchor: 'end' }));
  }
  parts.push(text(x + width, bottom + 31, panel.xUnit, { anchor: 'end', fill: '#666' }));
  parts.push(text(x + width, top - 6, panel.yUnit, { anchor: 'end', fill: '#666' }));
  for (const { series, isDashed, points: own } of panel.lines) {
    const colour = colours.get(series)!;
    const path = own.map(([size, time]) => `${round(across.at(size))},${round(up.at(time))}`).join(' ');
    const dash = isDashed ? ' stroke-dasharray="4 4"' : '';
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.8"${dash}/>`);
    for (const [size, time] of own) {
      parts.push(
        `<circle cx="${round(across.at(size))}" cy="${round(up.at(time))}" r="2.5" fill="${colour}"/>`,
      );
    }
  }
  return parts.join('\n');
}

interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** From whole powers of ten (or of two, where values are close together) below the least value to above the greatest. */
function logScale(values: readonly number[], from: number, to: number): Scale {
  const usable = values.filter((value) => value > 0 && Number.isFinite(value));
  const [least, greatest] = [Math.min(...usable, 1e9), Math.max(...usable, 1e-9)];
  const base = greatest / least > 30 ? 10 : 2;
  const low = Math.floor(Math.log(least) / Math.log(base) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.log(greatest) / Math.log(base) - 1e-9));
  const step = Math.ceil((high - low) / 8);
  const ticks: number[] = [];
  for (let power = low; power <= high; power += step) ticks.push(base ** power);
  const share = (value: number): number =>
    Math.min(1, Math.max(0, (Math.log(value) / Math.log(base) - low) / (high - low)));
  return { ticks, at: (value) => from + (to - from) * share(value) };
}

function legend(names: readonly string[], colours: Colours, x: number, y: number): string {
  let at = x;
  return [...new Set(names)]
    .map((name) => {
      const part = `<circle cx="${at + 4}" cy="${y - 4}" r="4" fill="${colours.get(name)}"/>${text(at + 13, y, name)}`;
      at += 13 + 7 * name.length + 18;
      return part;
    })
    .join('');
}

interface TextStyle {
  readonly size?: number;
  readonly weight?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
}

function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size, weight, anchor, fill = INK } = style;
  const attributes = [
    size === undefined ? '' : ` font-size="${size}"`,
    weight === undefined ? '' : ` font-weight="${weight}"`,
    anchor === undefined ? '' : ` text-anchor="${anchor}"`,
  ].join('');
  return `<text x="${round(x)}" y="${round(y)}" fill="${fill}"${attributes}>${escaped(content)}</text>`;
}

function line(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  colour: string,
  width = 1,
  opacity = 1,
): string {
  const fade = opacity === 1 ? '' : ` opacity="${opacity}"`;
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}" stroke-width="${width}"${fade}/>`;
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A tick's number in few letters. */
function short(value: number): string {
  if (value >= 1e6) return `${round(value / 1e6)}M`;
  if (value >= 1e3) return `${round(value / 1e3)}k`;
  return String(Number(value.toPrecision(3)));
}
