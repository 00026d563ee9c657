/** Every form in which a secret may stand in a text: as it is, in JSON, in an address, and in base64 at any place of a text. */
export function secretForms(secret: string): readonly string[] {
  const inBase64 = (['base64', 'base64url'] as const).flatMap((encoding) =>
    // A text in front of it shifts its digits; those that it shares with its neighbours are left out.
    [0, 1, 2].map((shift) => {
      const digits = Buffer.from(`${'x'.repeat(shift)}${secret}`)
        .toString(encoding)
        .replace(/=+$/, '');
      return digits.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + secret.length) * 8) / 6));
    }),
  );
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...inBase64])];
}
