/**
 * Objects of JSON read member by member from bytes as they come. A member's value is handed over as soon as it is
 * complete; members of one named member can be asked for themselves, so that the largest is never held as a whole.
 */

/** Takes a member. */
export type TakeMember = (key: string, value: unknown) => void;

/** Which member is taken apart, and who takes its members. */
export interface TakenApart {
  readonly key: string;
  readonly take: TakeMember;
}

const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];

/** Longest text of one member, in bytes: as long as a string can be. */
const MOST_BYTES = 500 * 2 ** 20;

/** What comes next in the object that is being read. */
type Expecting = 'start' | 'keyOrEnd' | 'key' | 'colon' | 'value' | 'commaOrEnd' | 'nothing';

/** Reads one object from the chunks that it is fed. */
export class JsonObjectReader {
  readonly #take: TakeMember;
  readonly #apart: TakenApart | undefined;
  readonly #decoder = new TextDecoder('utf-8', { fatal: false });
  #expecting: Expecting = 'start';
  #key = '';
  /** whether the members are those of the member that is taken apart */
  #isInside = false;
  // the token or value that is being gathered
  #isGathering = false;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(take: TakeMember, apart?: TakenApart) {
    this.#take = take;
    this.#apart = apart;
  }

  /** Whether the object has been read to its end; what follows it is not looked at. */
  get isComplete(): boolean {
    return this.#expecting === 'nothing';
  }

  /**
   * Takes more bytes.
   * @throws {SyntaxError} when they are no JSON of an object
   */
  feed(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.isComplete) {
      at = this.#isGathering ? this.#gather(chunk, at) : this.#step(chunk, at);
    }
  }

  /**
   * Says that there is no more.
   * @throws {SyntaxError} when the object has not ended
   */
  end(): void {
    if (!this.isComplete) throw new SyntaxError('unexpected end of JSON input');
  }

  #step(chunk: Uint8Array, at: number): number {
    const byte = chunk[at];
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) return at + 1;
    switch (this.#expecting) {
      case 'start':
        if (byte !== OPEN_OBJECT) throw unexpected(byte, 'an object');
        this.#expecting = 'keyOrEnd';
        return at + 1;
      case 'keyOrEnd':
        if (byte === CLOSE_OBJECT) return this.#close(at);
        return this.#begin(chunk, at, byte === QUOTE, 'a key');
      case 'key':
        return this.#begin(chunk, at, byte === QUOTE, 'a key');
      case 'colon':
        if (byte !== COLON) throw unexpected(byte, 'a colon');
        this.#expecting = 'value';
        return at + 1;
      case 'value':
        if (byte === OPEN_OBJECT && !this.#isInside && this.#key === this.#apart?.key) {
          this.#isInside = true;
          this.#expecting = 'keyOrEnd';
          return at + 1;
        }
        return this.#begin(chunk, at, byte !== COMMA && byte !== CLOSE_OBJECT, 'a value');
      default:
        if (byte === CLOSE_OBJECT) return this.#close(at);
        if (byte !== COMMA) throw unexpected(byte, 'a comma');
        this.#expecting = 'key';
        return at + 1;
    }
  }

  #close(at: number): number {
    this.#expecting = this.#isInside ? 'commaOrEnd' : 'nothing';
    this.#isInside = false;
    return at + 1;
  }

  #begin(chunk: Uint8Array, at: number, isRight: boolean, wanted: string): number {
    if (!isRight) throw unexpected(chunk[at], wanted);
    this.#isGathering = true;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    return this.#gather(chunk, at);
  }

  /** Goes on to the end of a key or a value, or of the chunk. */
  #gather(chunk: Uint8Array, start: number): number {
    let at = start;
    while (at < chunk.length) {
      if (this.#inString) {
        at = this.#passString(chunk, at);
        if (this.#inString) break;
        if (this.#depth === 0) return this.#finish(chunk, start, at);
        continue;
      }
      const byte = chunk[at];
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        // the end of the object around a number or a word
        if (this.#depth === 0) return this.#finish(chunk, start, at);
        this.#depth--;
        if (this.#depth === 0) return this.#finish(chunk, start, at + 1);
      } else if (this.#depth === 0 && (byte === COMMA || byte <= 0x20)) {
        return this.#finish(chunk, start, at);
      }
      at++;
    }
    this.#keep(chunk.subarray(start));
    return chunk.length;
  }

  #passString(chunk: Uint8Array, start: number): number {
    let at = start;
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        return at + 1;
      }
    }
    return at;
  }

  #keep(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size > MOST_BYTES) throw new SyntaxError(`a member of more than ${MOST_BYTES} bytes`);
    this.#parts.push(part.slice());
  }

  #finish(chunk: Uint8Array, start: number, end: number): number {
    const value: unknown = JSON.parse(this.#text(chunk.subarray(start, end)));
    this.#isGathering = false;
    if (this.#expecting !== 'value') {
      this.#key = value as string;
      this.#expecting = 'colon';
      return end;
    }
    this.#expecting = 'commaOrEnd';
    (this.#isInside ? this.#apart!.take : this.#take)(this.#key, value);
    return end;
  }

  #text(last: Uint8Array): string {
    if (this.#parts.length === 0) return this.#decoder.decode(last);
    const whole = new Uint8Array(this.#size + last.length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    whole.set(last, at);
    this.#parts = [];
    this.#size = 0;
    return this.#decoder.decode(whole);
  }
}

function unexpected(byte: number, wanted: string): SyntaxError {
  return new SyntaxError(
    `invalid character ${JSON.stringify(String.fromCharCode(byte))} looking for ${wanted}`,
  );
}
