import { drawParts, type Frame, type Line, type Part } from './draw-lines.ts';
import { drawMarks, markAttempts, markWithoutPlace } from './draw-marks.ts';
import { hasOnlyGrown, type ReadLine } from './has-only-grown.ts';
import { visiblePart } from './ordered.ts';
import { isSameRange, mapping, type Range, type YScale } from './scales.ts';

/** The place of the lines and the ranges of the axes. */
export interface Scene {
  /** The area of the lines in its parent, in device pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: Range;
  readonly y: Range;
  readonly yScale: YScale;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/** The part of a line that the lower canvas has. */
interface Drawn extends ReadLine {
  readonly buckets: number;
  readonly marks: number;
}

/**
 * The lines of a chart, on three canvases: all buckets but the last one of each line, the last ones, and the line under the
 * pointer. A chart that moves draws what has been added, as long as its axes stay: the last bucket may change with
 * each point, and a canvas cannot take a line back.
 */
export class LineLayer {
  private readonly body = canvas();
  private readonly tips = canvas();
  private readonly front = canvas();
  private scene: Scene | undefined;
  private drawn: readonly Drawn[] = [];

  /** Puts the canvases under `over`, which receives the pointer. */
  constructor(over: HTMLElement) {
    over.before(this.body, this.tips, this.front);
  }

  paint(scene: Scene, lines: readonly Line[], focus: string | null): void {
    if (this.scene === undefined || !isSame(this.scene, scene)) {
      this.scene = scene;
      for (const each of [this.body, this.tips, this.front]) place(each, scene);
      this.drawn = [];
    }
    const isContinued =
      this.drawn.length === lines.length && this.drawn.every((held, at) => continues(held, lines[at]));
    if (!isContinued) this.paintAll(lines);
    else this.paintGrowth(lines);
    this.drawn = lines.map((line) => ({
      line,
      revision: line.series.revision,
      buckets: closedOf(line),
      marks: line.series.marks.length,
    }));
    this.paintTips(lines);
    this.paintFront(lines.filter(({ key }) => key === focus));
  }

  /** Puts a line in front of the others, without drawing those again. */
  focus(lines: readonly Line[], focus: string | null): void {
    if (this.scene !== undefined) this.paintFront(lines.filter(({ key }) => key === focus));
  }

  private paintAll(lines: readonly Line[]): void {
    // How often everything has been drawn.
    this.body.dataset.drawings = String(Number(this.body.dataset.drawings ?? 0) + 1);
    const frame = this.frameOf(this.body);
    frame.context.clearRect(0, 0, frame.width, frame.height);
    const part = (line: Line): Part => this.visible(line, { from: 0, to: closedOf(line) });
    drawParts(frame, lines, (at) => part(lines[at] as Line));
    for (const line of lines) {
      markWithoutPlace(frame, line, part(line));
      markAttempts(frame, line, part(line));
      drawMarks(frame, line, 0);
    }
  }

  private paintGrowth(lines: readonly Line[]): void {
    const frame = this.frameOf(this.body);
    const grown = lines.flatMap((line, at) => {
      const part = this.visible(line, { from: this.drawn[at]?.buckets ?? 0, to: closedOf(line) });
      return part.to > part.from ? [{ line, part }] : [];
    });
    drawParts(
      frame,
      grown.map(({ line }) => line),
      (at) => grown[at]?.part ?? { from: 0, to: 0 },
    );
    for (const { line, part } of grown) {
      markWithoutPlace(frame, line, part);
      markAttempts(frame, line, part);
    }
    for (const [at, line] of lines.entries()) drawMarks(frame, line, this.drawn[at]?.marks ?? 0);
  }

  /** The segment that leads to the last bucket of each line. */
  private paintTips(lines: readonly Line[]): void {
    const frame = this.frameOf(this.tips);
    frame.context.clearRect(0, 0, frame.width, frame.height);
    const moving = lines.filter(({ hasBand }) => !hasBand);
    const part = ({ xs }: Line): Part => ({ from: Math.max(0, xs.length - 1), to: xs.length });
    drawParts(frame, moving, (at) => part(moving[at] as Line));
    for (const line of moving) {
      markWithoutPlace(frame, line, part(line));
      markAttempts(frame, line, part(line));
    }
  }

  private paintFront(lines: readonly Line[]): void {
    const frame = this.frameOf(this.front);
    for (const each of [this.body, this.tips]) each.style.opacity = lines.length > 0 ? '0.35' : '1';
    this.front.style.display = lines.length > 0 ? 'block' : 'none';
    if (lines.length === 0) return;
    frame.context.clearRect(0, 0, frame.width, frame.height);
    const part = (line: Line): Part => this.visible(line, { from: 0, to: line.xs.length });
    drawParts(frame, lines, (at) => part(lines[at] as Line), true);
    for (const line of lines) drawMarks(frame, line, 0);
  }

  private visible(line: Line, part: Part): Part {
    return this.scene === undefined ? part : visiblePart(line, this.scene.x, part);
  }

  private frameOf(element: HTMLCanvasElement): Frame {
    const context = element.getContext('2d');
    const { scene } = this;
    if (context === null || scene === undefined) throw new Error('the chart has no place yet');
    const { width, height } = element;
    return {
      context,
      width,
      height,
      toX: mapping('linear', scene.x, 0, width),
      toY: mapping(scene.yScale, scene.y, height, 0),
      yScale: scene.yScale,
      ratio: scene.ratio,
    };
  }
}

/** Buckets that change no more as long as the line only grows. A band is drawn as one area, and does not move. */
const closedOf = (line: Line | undefined): number =>
  line === undefined ? 0 : line.hasBand ? line.xs.length : Math.max(0, line.xs.length - 1);

function canvas(): HTMLCanvasElement {
  const element = document.createElement('canvas');
  element.className = 'lines';
  return element;
}

function place(element: HTMLCanvasElement, { left, top, width, height, ratio }: Scene): void {
  element.width = width;
  element.height = height;
  for (const [name, value] of Object.entries({ left, top, width, height })) {
    element.style.setProperty(name, `${value / ratio}px`);
  }
}

const isSame = (a: Scene, b: Scene): boolean =>
  a.left === b.left &&
  a.top === b.top &&
  a.width === b.width &&
  a.height === b.height &&
  a.ratio === b.ratio &&
  a.yScale === b.yScale &&
  isSameRange(a.x, b.x) &&
  isSameRange(a.y, b.y);

/** Whether what was drawn of a line is the beginning of this one. */
const continues = (drawn: Drawn, next: Line | undefined): boolean =>
  next !== undefined && hasOnlyGrown(drawn, next) && looksAlike(drawn.line, next);

const looksAlike = (line: Line, next: Line): boolean =>
  line.key === next.key &&
  line.colour === next.colour &&
  line.showsRaw === next.showsRaw &&
  line.hidesExtremes === next.hidesExtremes &&
  line.hasBand === next.hasBand;
