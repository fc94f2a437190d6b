/** Elements to and from big-endian bytes, and the one normal form that they are compared in. */

import { type Code, I32, I64, type Operand32 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';
import type { PrimeField } from './field.ts';
import { Formula } from './formula.ts';
import type { MemoryPlan } from './plan.ts';
import { limbsOf, type Radix } from './radix.ts';

const REVERSED = Array.from({ length: 16 }, (_, i) => 15 - i);

const maskOf = ({ bits }: Radix): bigint => (1n << BigInt(bits)) - 1n;

/**
 * `(out, source)`: the limbs of a big-endian integer of so many bytes, a multiple of 16. Every limb is in range; the
 * integer is not reduced.
 */
export function defineDecode(module: ModuleBuilder, plan: MemoryPlan, radix: Radix, bytes: number): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const out = code.param(0, I32);
  const source = code.param(1, I32);
  // Behind the bytes the scratch stays zero: the last limbs read there.
  const scratch = plan.reserve(bytes + 16);
  const at = () => code.i32Const(scratch);
  reverseBytes(code, at, () => code.get(source), bytes);
  for (let i = 0; i < radix.limbs; i++) {
    const bit = i * radix.bits;
    const word = () =>
      code.i64ShrU(code.i64Load(code.i32Const(scratch + (bit >> 3))), code.i64Const(BigInt(bit & 7)));
    code.i64Store(code.get(out), code.i64And(word(), code.i64Const(maskOf(radix))), 8 * i);
  }
  return func;
}

/** `(out, a)`: limbs that are in range, and not negative, as a big-endian integer of so many bytes, a multiple of 16. */
export function defineEncode(module: ModuleBuilder, plan: MemoryPlan, radix: Radix, bytes: number): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const out = code.param(0, I32);
  const a = code.param(1, I32);
  const scratch = plan.reserve(bytes);
  storeBits(
    code,
    () => code.i32Const(scratch),
    () => code.get(a),
    radix,
    bytes / 8,
  );
  reverseBytes(
    code,
    () => code.get(out),
    () => code.i32Const(scratch),
    bytes,
  );
  return func;
}

/** Writes limbs that are in range as so many 64-bit words, least significant first. */
export function storeBits(
  code: Code,
  to: () => Operand32,
  from: () => Operand32,
  radix: Radix,
  words: number,
): void {
  for (let word = 0; word < words; word++) {
    const value = () => {
      let bits = code.i64Const(0n);
      for (let i = 0; i < radix.limbs; i++) {
        const shift = i * radix.bits - 64 * word;
        if (shift <= -radix.bits || shift >= 64) continue;
        const limb = code.i64Load(from(), 8 * i);
        const by = code.i64Const(BigInt(Math.abs(shift)));
        bits = code.i64Or(bits, shift < 0 ? code.i64ShrU(limb, by) : code.i64Shl(limb, by));
      }
      return bits;
    };
    code.i64Store(to(), value(), 8 * word);
  }
}

/** Copies bytes in reverse order: so many, a multiple of 16. */
export function reverseBytes(code: Code, to: () => Operand32, from: () => Operand32, bytes: number): void {
  for (let i = 0; i < bytes; i += 16) {
    const reversed = () => {
      const vector = code.local(0x7b);
      code.set(vector, code.vLoad(from(), bytes - 16 - i));
      return code.vShuffle(code.get(vector), code.get(vector), REVERSED);
    };
    code.vStore(to(), reversed(), i);
  }
}

/** `(out, a)`: the normal form of an element, from 0 up to the modulus. */
export function defineNormalize(module: ModuleBuilder, plan: MemoryPlan, field: PrimeField): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const { radix, size } = field;
  const formula = new Formula(code, field, plan);
  const p = field.plain(field.modulus);
  const carry = code.local(I64);
  const at = code.local(I32);
  // `to` = `from` + p or - p, its limbs in range but for the last, which has the sign. Nothing waits for this: a loop.
  const addModulus = (from: number, to: number, sign: 1 | -1) => {
    code.set(carry, code.i64Const(0n));
    code.set(at, code.i32Const(0));
    code.loop((again) => {
      const sum = code.i64Add(code.get(carry), code.i64Load(code.get(at), from));
      const modulus = code.i64Load(code.get(at), p);
      code.set(carry, sign === 1 ? code.i64Add(sum, modulus) : code.i64Sub(sum, modulus));
      code.i64Store(code.get(at), code.i64And(code.get(carry), code.i64Const(maskOf(radix))), to);
      code.set(carry, code.i64ShrS(code.get(carry), code.i64Const(BigInt(radix.bits))));
      code.set(at, code.i32Add(code.get(at), code.i32Const(8)));
      code.brIf(code.i32LtU(code.get(at), code.i32Const(size)), again);
    });
    const last = code.i64Shl(code.get(carry), code.i64Const(BigInt(radix.bits)));
    code.set(carry, code.i64Or(last, code.i64Load(code.i32Const(to + size - 8))));
    code.i64Store(code.i32Const(to + size - 8), code.get(carry));
  };
  const [normal, less] = [plan.reserve(size), plan.reserve(size)];
  // Reduced by the estimated quotient, it is above -p and below 2p.
  addModulus(formula.reduce(formula.at(code.param(1, I32), 0)).offset, normal, 1);
  for (let times = 0; times < 2; times++) {
    addModulus(normal, less, -1);
    code.if(code.i64GeS(code.get(carry), code.i64Const(0n)), () => {
      code.memoryCopy(code.i32Const(normal), code.i32Const(less), code.i32Const(size));
    });
  }
  code.memoryCopy(code.get(code.param(0, I32)), code.i32Const(normal), code.i32Const(size));
  return func;
}

/** `(a)`: 1 when limbs in range are all zero. */
export function defineIsZero(module: ModuleBuilder, { limbs }: Radix): Func {
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const a = code.param(0, I32);
  let bits = code.i64Load(code.get(a));
  for (let i = 1; i < limbs; i++) bits = code.i64Or(bits, code.i64Load(code.get(a), 8 * i));
  code.i64Eqz(bits);
  return func;
}

/** `(a)`: 1 when limbs in range make an integer below a limit. */
export function defineIsBelow(module: ModuleBuilder, radix: Radix, limit: bigint): Func {
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const a = code.param(0, I32);
  let rest = code.i64Const(0n);
  for (const [i, limb] of limbsOf(limit, radix).entries()) {
    const own = code.i64Sub(code.i64Load(code.get(a), 8 * i), code.i64Const(limb));
    rest = code.i64ShrS(code.i64Add(rest, own), code.i64Const(BigInt(radix.bits)));
  }
  code.i64LtS(rest, code.i64Const(0n));
  return func;
}

/** `(a)`: 1 when a product or a square of the field is zero. Its lowest limb alone rules that out nearly always. */
export function defineIsZeroProduct(
  module: ModuleBuilder,
  plan: MemoryPlan,
  field: PrimeField,
  normalize: Func,
): Func {
  const isZero = defineIsZero(module, field.radix);
  const func = module.func({ params: [I32], results: [I32] });
  const { code } = func;
  const a = code.param(0, I32);
  const low = code.local(I64);
  code.set(low, code.i64And(code.i64Load(code.get(a)), code.i64Const(maskOf(field.radix))));
  const most = BigInt(Math.ceil(field.reduction.greatestValue(field.limit.value ** 2)));
  const isMultiple = (k: bigint) =>
    code.i64Eq(code.get(low), code.i64Const((k * field.modulus) & maskOf(field.radix)));
  let possible = isMultiple(0n);
  for (let k = -most; k <= most; k++) {
    if (k !== 0n) possible = code.i32Or(possible, isMultiple(k));
  }
  code.if(possible, () => {
    const normal = plan.reserve(field.size);
    code.call(normalize, code.i32Const(normal), code.get(a));
    code.return(code.call(isZero, code.i32Const(normal)));
  });
  code.i32Const(0);
  return func;
}
