/** Decimal numbers as Python and JavaScript write them: no leading zero, and no trailing one but in `1.0`. */
const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(0|\d*[1-9]))?(?:e([+-]?\d+))?$/;

/**
 * The value of a param, which MLflow stores as text: `True` and `False` become booleans, and a number becomes one if its
 * text is how Python or JavaScript writes a double or a safe integer. Imported trials are then compared with those that sent
 * the same hyperparameter as a number. Any other text stays as it is.
 */
export function paramValue(text: string): string | number | boolean {
  if (text === 'True') return true;
  if (text === 'False') return false;
  const value = Number(text);
  const isExact = NUMBER.test(text) && Number.isFinite(value) && decimalOf(text) === decimalOf(String(value));
  return isExact && !Object.is(value, -0) && (Number.isSafeInteger(value) || /[.e]/.test(text)) ? value : text;
}

/** The same text for every notation of a decimal number: its significant digits and the exponent of the first one. */
function decimalOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = `${whole}${fraction}`;
  const significant = digits.replace(/^0+/, '');
  const leading = digits.length - significant.length;
  return `${sign}${significant.replace(/0+$/, '')}e${significant === '' ? 0 : Number(exponent) + whole.length - leading}`;
}
