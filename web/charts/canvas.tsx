import { useEffect, useRef } from 'preact/hooks';

/** A canvas of exact device pixels, and what is needed to draw on it. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  /** In device pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  /** A colour of styles/theme.css. */
  readonly colour: (name: 'ink' | 'muted' | 'line' | 'grid' | 'accent') => string;
}

/** A place on the canvas, in CSS pixels from its upper left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface CanvasProps {
  readonly heightPx: number;
  readonly label: string;
  readonly draw: (surface: Surface) => void;
  /** The canvas is drawn again when one of these changes. The number of them is fixed. */
  readonly drawnFrom: readonly unknown[];
  readonly onMove?: (at: Place | null) => void;
  readonly onClick?: (at: Place) => void;
  /** The pointer was pressed at one place and released at another. */
  readonly onDrag?: (from: Place, to: Place) => void;
}

const SLOP_PX = 4;

/** A drawing that fills the width it has. */
export function Canvas({ heightPx, label, draw, drawnFrom, onMove, onClick, onDrag }: CanvasProps) {
  const host = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  const pressed = useRef<Place | null>(null);
  latest.current = draw;

  function paint(): void {
    const canvas = host.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(heightPx * ratio)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const style = getComputedStyle(document.documentElement);
    context.clearRect(0, 0, width, height);
    latest.current({ context, width, height, ratio, colour: (name) => style.getPropertyValue(`--${name}`) });
  }

  useEffect(() => {
    const canvas = host.current;
    if (canvas === null) return;
    const observer = new ResizeObserver(paint);
    observer.observe(canvas);
    return () => observer.disconnect();
  }, []);
  useEffect(paint, [...drawnFrom, heightPx]);

  const place = ({ offsetX: x, offsetY: y }: MouseEvent): Place => ({ x, y });
  const isFar = (a: Place, b: Place): boolean => Math.hypot(a.x - b.x, a.y - b.y) > SLOP_PX;
  return (
    <canvas
      ref={host}
      class="canvas"
      style={{ height: `${heightPx}px` }}
      role="img"
      aria-label={label}
      onPointerDown={(event) => {
        pressed.current = place(event);
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => onMove?.(place(event))}
      onPointerUp={(event) => {
        const [from, to] = [pressed.current, place(event)];
        pressed.current = null;
        if (from === null) return;
        if (isFar(from, to)) onDrag?.(from, to);
        else onClick?.(to);
      }}
      onPointerLeave={() => onMove?.(null)}
    />
  );
}
