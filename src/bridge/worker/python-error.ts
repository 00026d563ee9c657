/** A Python exception, as the interpreter printed it. */
export interface PythonError {
  /** The class, as in `ValueError` or `torch.cuda.OutOfMemoryError`. */
  readonly type: string;
  readonly message: string;
  /** With the exceptions that caused it; cut in the middle. */
  readonly traceback: string;
}

const HEADER = 'Traceback (most recent call last):';
const CHAIN =
  /(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):\s*$/;
const MAX_TRACEBACK = 16_384;
const KEPT_START = 4_000;

/** A line such as `ValueError: bad learning rate`, without indentation. */
const LAST_LINE = /^([A-Za-z_][\w.]*)(?:: ?(.*))?$/;
/** A syntax error has no traceback of its own. */
const BARE_ERROR = /^((?:Syntax|Indentation|Tab)Error): (.*)$/m;

/** The last exception in an output that ended a process; undefined if there is none. */
export function pythonError(output: string): PythonError | undefined {
  const last = output.lastIndexOf(HEADER);
  if (last < 0) {
    const [line, type, message] = BARE_ERROR.exec(output) ?? [];
    return line === undefined || type === undefined ? undefined : { type, message: message ?? '', traceback: line };
  }
  const traceback = output.slice(startOfChain(output, last));
  const lines = output.slice(last).split('\n').slice(1);
  // Frames are indented; the first line that is not names the exception, and its message may continue on further lines.
  const at = lines.findIndex((line) => /^\S/.test(line) && LAST_LINE.test(line));
  const [, type, message] = LAST_LINE.exec(lines[at] ?? '') ?? [];
  const more = lines
    .slice(at + 1)
    .join('\n')
    .trimEnd();
  return {
    type: type ?? 'Exception',
    message: [message ?? '', more].filter((part) => part !== '').join('\n'),
    traceback: cutMiddle(traceback.trimEnd()),
  };
}

function startOfChain(output: string, start: number): number {
  const before = output.lastIndexOf(HEADER, start - 1);
  if (start <= 0 || before < 0 || !CHAIN.test(output.slice(before, start))) return start;
  return startOfChain(output, before);
}

export function cutMiddle(text: string, max = MAX_TRACEBACK): string {
  if (text.length <= max) return text;
  const start = text.slice(0, KEPT_START).toWellFormed();
  const end = text.slice(text.length - (max - KEPT_START - 100)).toWellFormed();
  return `${start}\n[${text.length - start.length - end.length} characters omitted]\n${end}`;
}

const ENVIRONMENTAL_TYPES = new Set(['ModuleNotFoundError', 'ImportError']);
const ENVIRONMENTAL_MESSAGES =
  /No space left on device|Read-only file system|Too many open files|Input\/output error|Disk quota exceeded|No CUDA GPUs are available|no CUDA-capable device|CUDA driver|not compiled with CUDA|libcuda|NVML/i;

/** Whether an exception is caused by the host rather than by the trial: such a host would fail every trial. */
export const isEnvironmental = (type: string, message: string): boolean =>
  ENVIRONMENTAL_TYPES.has(type) || ENVIRONMENTAL_MESSAGES.test(message);
