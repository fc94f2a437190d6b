/** `EXP`. */

import { type Code, I64 } from '../../wasm/code.ts';
import type { Func, ModuleBuilder } from '../../wasm/module.ts';
import { BINARY, getAll, orAll, returnLimb, returnWord, type Word, wordParam } from './limbs.ts';
import { squarer } from './multiply.ts';

/** `EXP`: `base ** exponent` modulo 2^256 by squaring, from the exponent's top bit down; `0 ** 0` is 1. */
export function defineExp(module: ModuleBuilder, mul: Func): Func {
  const powerOfTwo = definePowerOfTwo(module);
  const func = module.func(BINARY);
  const { code } = func;
  const base = wordParam(code, 0);
  const exponent = wordParam(code, 1);
  const [e0, e1, e2, e3] = exponent;
  const result = code.locals(I64, 4);
  const left = code.local(I64);
  const limb = (value: bigint) => code.i64Const(value);
  const square = squarer(code, result);

  code.if(code.i64Eqz(orAll(code, [e1, e2, e3])), () => {
    code.if(code.i64Eqz(code.get(e0)), () => returnLimb(code, limb(1n)));
    code.if(code.i64Eq(code.get(e0), limb(1n)), () => returnWord(code, base));
  });
  code.if(code.i64Eqz(orAll(code, base.slice(1))), () => {
    code.if(code.i64LeU(code.get(base[0]), limb(1n)), () => returnWord(code, base));
    const smaller = code.i64Sub(code.get(base[0]), limb(1n));
    code.if(code.i64Eqz(code.i64And(code.get(base[0]), smaller)), () => {
      code.returnCall(powerOfTwo, ...getAll(code, base), ...getAll(code, exponent));
    });
  });
  // An even base has no bits below 2^256 left from the exponent 256 on.
  code.if(code.i64Eqz(code.i64And(code.get(base[0]), limb(1n))), () => {
    const large = code.i64Or(code.i64ShrU(code.get(e0), limb(8n)), orAll(code, [e1, e2, e3]));
    code.if(code.i32Eqz(code.i64Eqz(large)), () => returnLimb(code, limb(0n)));
  });

  // The exponent moves up until its top bit has left; `left` counts the bits below.
  code.set(left, limb(255n));
  code.loop((again) => {
    code.if(code.i64Eqz(code.get(e3)), () => {
      moveUp(code, exponent);
      code.set(left, code.i64Sub(code.get(left), limb(64n)));
      code.br(again);
    });
  });
  const leading = code.local(I64);
  code.set(leading, code.i64Clz(code.get(e3)));
  code.set(left, code.i64Sub(code.get(left), code.get(leading)));
  code.set(e3, code.i64Shl(code.i64Shl(code.get(e3), code.get(leading)), limb(1n)));
  for (const [i, local] of result.entries()) code.set(local, code.get(base[i]));
  code.block((done) => {
    code.loop((again) => {
      code.brIf(code.i64Eqz(code.get(left)), done);
      code.if(code.i64Eqz(code.i64And(code.get(left), limb(63n))), () => moveUp(code, exponent));
      square();
      code.if(code.i64LtS(code.get(e3), limb(0n)), () => {
        code.setAll(result, code.callForAll(mul, ...getAll(code, result), ...getAll(code, base)));
      });
      code.set(e3, code.i64Shl(code.get(e3), limb(1n)));
      code.set(left, code.i64Sub(code.get(left), limb(1n)));
      code.br(again);
    });
  });
  getAll(code, result);
  return func;
}

/** Powers of a power of two below 2^64. */
function definePowerOfTwo(module: ModuleBuilder): Func {
  const func = module.func(BINARY);
  const { code } = func;
  const [base] = wordParam(code, 0);
  const [e0, e1, e2, e3] = wordParam(code, 1);
  const shift = code.local(I64);
  const large = code.i64Or(code.i64ShrU(code.get(e0), code.i64Const(8n)), orAll(code, [e1, e2, e3]));
  code.if(code.i32Eqz(code.i64Eqz(large)), () => returnLimb(code, code.i64Const(0n)));
  code.set(shift, code.i64Mul(code.i64Ctz(code.get(base)), code.get(e0)));
  for (let i = 0; i < 4; i++) {
    const bit = code.i64Shl(code.i64Const(1n), code.get(shift));
    const zero = code.i64Const(0n);
    const limb = code.i64ShrU(code.get(shift), code.i64Const(6n));
    code.select(bit, zero, code.i64Eq(limb, code.i64Const(BigInt(i))));
  }
  return func;
}

function moveUp(code: Code, word: Word): void {
  for (let i = 3; i > 0; i--) code.set(word[i], code.get(word[i - 1]));
  code.set(word[0], code.i64Const(0n));
}
