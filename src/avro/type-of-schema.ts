import avro from 'avsc';

/** Bytes and the position in them, as avsc's readers share it. */
interface Tap {
  pos: number;
  readonly buf: Buffer;
  /** Past the end it reads 0. */
  readLong(): number;
  readString(): string;
  skipString(): void;
}

/** Members of avsc's types and resolvers that its type declarations leave out. */
interface Readable {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/**
 * The avsc type of a schema, with maps and arrays that cannot be made to read endlessly.
 *
 * avsc trusts the entry count of a block, up to 2^53, and continues to read after the end of the bytes: five bytes of
 * garbage block a consumer for days or exhaust its memory. Here a block cannot have more entries than bytes.
 *
 * @param schema the schema's JSON.
 */
export const typeOfSchema = (schema: unknown): avro.Type =>
  avro.Type.forSchema(schema as avro.Schema, {
    typeHook: (part: avro.Schema, options: Partial<avro.ForSchemaOptions>): avro.Type | undefined => {
      if (typeof part !== 'object' || Array.isArray(part) || !('type' in part)) return undefined;
      if (part.type === 'map') return new BoundedMapType(part, options);
      return part.type === 'array' ? new BoundedArrayType(part, options) : undefined;
    },
  });

/** The number of entries in the block that starts here; 0 ends the map or array. */
function blockSize(tap: Tap): number {
  const count = tap.readLong();
  // A negative count is followed by the size of the block in bytes, for readers that skip it.
  if (count < 0) tap.readLong();
  return checked(Math.abs(count), tap, 'entries');
}

function checked(amount: number, tap: Tap, what: string): number {
  const left = tap.buf.length - tap.pos;
  if (amount >= 0 && amount <= Math.max(0, left)) return amount;
  throw new Error(`a block of ${amount} ${what} does not fit into ${left} bytes`);
}

/** Skips blocks up to the one that is empty. */
function skipBlocks(tap: Tap, skipEntry: () => void): void {
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    if (count < 0) tap.pos += checked(tap.readLong(), tap, 'bytes');
    else for (let left = checked(count, tap, 'entries'); left > 0; left -= 1) skipEntry();
  }
}

class BoundedMapType extends avro.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = this.valuesType as Readable;
    const map: Record<string, unknown> = {};
    for (let count = blockSize(tap); count > 0; count = blockSize(tap)) {
      for (; count > 0; count -= 1) {
        const key = tap.readString();
        // A plain object cannot have this key, and the value would be lost silently.
        if (key === '__proto__') throw new Error('a map has the key __proto__');
        map[key] = values._read(tap);
      }
    }
    return map;
  }

  _skip(tap: Tap): void {
    const values = this.valuesType as Readable;
    skipBlocks(tap, () => {
      tap.skipString();
      values._skip(tap);
    });
  }
}

class BoundedArrayType extends avro.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = this.itemsType as unknown as Readable;
    const array: unknown[] = [];
    for (let count = blockSize(tap); count > 0; count = blockSize(tap)) {
      for (; count > 0; count -= 1) array.push(items._read(tap));
    }
    return array;
  }

  _skip(tap: Tap): void {
    const items = this.itemsType as unknown as Readable;
    skipBlocks(tap, () => items._skip(tap));
  }
}
