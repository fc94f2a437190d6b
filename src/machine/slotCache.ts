/**
 * Slots that the run has read or written, as the arena remembers them: SLOAD of one that is warm is answered within the
 * engine. To ask the host takes 80 ns, a third of which is finding the slot. The state stays the only truth: it makes a
 * slot warm and takes every write, and all that is remembered is forgotten (by a new epoch) when a run begins and when
 * anything is reverted. What is not remembered is asked for.
 *
 * Only engines that nobody watches have it. Whoever records accesses has recorded the slot when the host was asked first.
 */

import { type Code, I32, I64, type Local32, type Local64 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import { FRAME, PARAM, SLOT_CACHE, SLOT_CACHE_LINES, SLOT_EPOCH, STATUS, WORD } from './layout.ts';

/** Bytes of a place: a slot's key and value, the epoch, and whose storage it is in; padding. */
const LINE_BITS = 7n;
const VALUE = WORD;
const EPOCH = 2 * WORD;
const STORAGE = EPOCH + 8;

const INDEX_BITS = BigInt(Math.log2(SLOT_CACHE_LINES));

/** Odd numbers without a pattern: the first digits of the square roots of 29, 31, 37 and 41. */
const FACTORS = [0x629a292a367cd507n, 0x9159015a3070dd17n, 0x152fecd8f70e5939n, 0x67332667ffc00b31n];

/** The host's functions with what is remembered in front of them. */
export function defineSlotCache(
  module: ModuleBuilder,
  host: { readonly sload: Func; readonly sstore: Func },
): { readonly sload: Func; readonly sstore: Func } {
  const sload = module.func({ params: [I32], results: [I32] });
  writeSload(new Place(sload.code), host.sload);
  const sstore = module.func({ params: [I32], results: [I32] });
  writeSstore(new Place(sstore.code), host.sstore);
  return { sload, sstore };
}

/** Where the slot is remembered whose key is on top of a frame's stack. */
class Place {
  readonly code: Code;
  readonly frame: Local32;
  /** address of the word on top */
  readonly top: Local32;
  readonly #key: readonly Local64[];
  readonly #line: Local32;

  constructor(code: Code) {
    this.code = code;
    this.frame = code.param(0, I32);
    this.top = code.local(I32);
    this.#key = code.locals(I64, FACTORS.length);
    this.#line = code.local(I32);
  }

  /** Finds it. */
  find(): void {
    const { code } = this;
    const key = this.#key;
    code.set(this.top, code.i32Sub(code.i32Load(code.get(this.frame), FRAME.sp), code.i32Const(WORD)));
    for (const [i, limb] of key.entries()) code.set(limb, code.i64Load(code.get(this.top), 8 * i));
    const product = (i: number) => code.i64Mul(code.get(key[i]), code.i64Const(FACTORS[i]));
    let hash = product(0);
    for (let i = 1; i < key.length; i++) hash = code.i64Add(hash, product(i));
    const index = code.i64ShrU(hash, code.i64Const(64n - INDEX_BITS));
    const offset = code.i32Wrap(code.i64Shl(index, code.i64Const(LINE_BITS)));
    code.set(this.#line, code.i32Add(offset, code.i32Const(SLOT_CACHE)));
  }

  /** Does something where the slot is remembered there, and the rest otherwise. */
  ifKnown(inside: () => void): void {
    const { code } = this;
    const line = this.#line;
    let difference = code.i64Xor(this.#epoch(), code.i64Load(code.get(line), EPOCH));
    difference = code.i64Or(difference, code.i64Xor(this.#storage(), code.i64Load(code.get(line), STORAGE)));
    for (const [i, limb] of this.#key.entries()) {
      const other = code.i64Xor(code.get(limb), code.i64Load(code.get(line), 8 * i));
      difference = code.i64Or(difference, other);
    }
    code.if(code.i64Eqz(difference), inside);
  }

  /** Copies the value that is remembered to the top of the stack. */
  show(): void {
    const { code } = this;
    for (const i of [0, 16]) code.vStore(code.get(this.top), code.vLoad(code.get(this.#line), VALUE + i), i);
  }

  /** Remembers a value that is in the stack, so many bytes below its top. */
  remember(below: number): void {
    const { code } = this;
    const line = this.#line;
    const from = code.local(I32);
    code.set(from, code.i32Sub(code.get(this.top), code.i32Const(below)));
    for (const [i, limb] of this.#key.entries()) code.i64Store(code.get(line), code.get(limb), 8 * i);
    for (const i of [0, 16]) code.vStore(code.get(line), code.vLoad(code.get(from), i), VALUE + i);
    code.i64Store(code.get(line), this.#epoch(), EPOCH);
    code.i64Store(code.get(line), this.#storage(), STORAGE);
  }

  #epoch() {
    return this.code.i64Load(this.code.i32Const(SLOT_EPOCH));
  }

  #storage() {
    return this.code.i64Load32(this.code.get(this.frame), FRAME.storage);
  }
}

function writeSload(place: Place, host: Func): void {
  const { code, frame } = place;
  const status = code.local(I32);
  const gas = code.local(I64);
  place.find();
  place.ifKnown(() => {
    const left = code.i64Load(code.get(frame), FRAME.gas);
    code.set(gas, code.i64Sub(left, code.i64Load(code.i32Const(PARAM.warmSlotGas))));
    code.if(code.i64GeS(code.get(gas), code.i64Const(0n)), () => {
      code.i64Store(code.get(frame), code.get(gas), FRAME.gas);
      place.show();
      code.return(code.i32Const(STATUS.next));
    });
  });
  code.set(status, code.call(host, code.get(frame)));
  code.if(code.i32Eqz(code.get(status)), () => place.remember(0));
  code.return(code.get(status));
}

function writeSstore(place: Place, host: Func): void {
  const { code, frame } = place;
  const status = code.local(I32);
  place.find();
  code.set(status, code.call(host, code.get(frame)));
  code.if(code.i32Eqz(code.get(status)), () => place.remember(WORD));
  code.return(code.get(status));
}
