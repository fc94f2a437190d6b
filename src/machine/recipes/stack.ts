/** Pushing, duplicating, exchanging, dropping. */

import { OPCODES, type OpName } from '../../protocol/opcodes.ts';
import type { Local32 } from '../../wasm/code.ts';
import { I64 } from '../../wasm/code.ts';
import type { Emitter, Recipe } from '../emitter.ts';
import { STACK_LIMIT, STATUS, WORD } from '../layout.ts';
import { constantWord } from '../words.ts';

const pushes = OPCODES.filter(({ name }) => name.startsWith('PUSH') && name !== 'PUSH0');
const dups = OPCODES.filter(({ name }) => /^DUP\d/.test(name));
const swaps = OPCODES.filter(({ name }) => /^SWAP\d/.test(name));

export const STACK: Partial<Record<OpName, Recipe>> = {
  POP: (e) => void e.pop(),
  PUSH0: (e) => e.push(constantWord(0n)),
  ...recipesOf(pushes, () => (e) => e.push(e.immediate())),
  ...recipesOf(
    dups,
    ({ pops }) =>
      (e) =>
        e.dup(pops - 1),
  ),
  ...recipesOf(
    swaps,
    ({ pops }) =>
      (e) =>
        e.swap(pops - 1),
  ),
  // EIP-8024: the depth is decoded from the immediate byte; https://eips.ethereum.org/EIPS/eip-8024
  DUPN: (e) => {
    const { code } = e;
    const depth = singleDepth(e);
    const { top, height } = e.stackInMemory();
    e.failIf(code.i32LtU(code.get(height), code.get(depth)), STATUS.stackUnderflow);
    e.failIf(code.i32GeU(code.get(height), code.i32Const(STACK_LIMIT)), STATUS.stackOverflow);
    e.push(e.words.read(below(e, top, depth), 0));
  },
  SWAPN: (e) => {
    const { code } = e;
    const depth = singleDepth(e);
    const { top, height } = e.stackInMemory();
    e.failIf(code.i32LeU(code.get(height), code.get(depth)), STATUS.stackUnderflow);
    e.commit();
    exchange(e, below(e, top, e.local32(code.i32Const(1))), below(e, top, e.local32(increment(e, depth))));
  },
  EXCHANGE: (e) => {
    const { code } = e;
    const byte = immediateByte(e);
    e.failIf(isBetween(e, byte, 82, 127), STATUS.undefinedOpcode);
    const pair = e.local32(code.i32Xor(code.get(byte), code.i32Const(143)));
    const q = e.local32(code.i32ShrU(code.get(pair), code.i32Const(4)));
    const r = e.local32(code.i32And(code.get(pair), code.i32Const(15)));
    const ordered = e.local32(code.i32LtU(code.get(q), code.get(r)));
    const near = e.local32(code.select(increment(e, q), increment(e, r), code.get(ordered)));
    const far = e.local32(
      code.select(increment(e, r), code.i32Sub(code.i32Const(29), code.get(q)), code.get(ordered)),
    );
    const { top, height } = e.stackInMemory();
    e.failIf(code.i32LeU(code.get(height), code.get(far)), STATUS.stackUnderflow);
    e.commit();
    exchange(e, below(e, top, e.local32(increment(e, near))), below(e, top, e.local32(increment(e, far))));
  },
};

function recipesOf(
  opcodes: typeof OPCODES,
  recipe: (opcode: (typeof OPCODES)[number]) => Recipe,
): Partial<Record<OpName, Recipe>> {
  return Object.fromEntries(opcodes.map((opcode) => [opcode.name, recipe(opcode)]));
}

function immediateByte(e: Emitter): Local32 {
  return e.local32(e.code.i32Wrap(e.words.limb(e.immediate()[0])));
}

/** 17 to 235, from the bytes that are no opcodes of jumps or pushes. */
function singleDepth(e: Emitter): Local32 {
  const { code } = e;
  const byte = immediateByte(e);
  e.failIf(isBetween(e, byte, 91, 127), STATUS.undefinedOpcode);
  return e.local32(code.i32And(code.i32Add(code.get(byte), code.i32Const(145)), code.i32Const(255)));
}

function isBetween(
  { code }: Emitter,
  local: Local32,
  low: number,
  high: number,
): ReturnType<typeof code.i32LeU> {
  return code.i32LeU(code.i32Sub(code.get(local), code.i32Const(low)), code.i32Const(high - low));
}

function increment({ code }: Emitter, local: Local32): ReturnType<typeof code.i32Add> {
  return code.i32Add(code.get(local), code.i32Const(1));
}

/** The address of the n-th word, 1 being the top. `top` is the first free slot. */
function below(e: Emitter, top: Local32, n: Local32): Local32 {
  const { code } = e;
  return e.local32(code.i32Sub(code.get(top), code.i32Mul(code.get(n), code.i32Const(WORD))));
}

function exchange(e: Emitter, a: Local32, b: Local32): void {
  const { code, words } = e;
  for (let offset = 0; offset < WORD; offset += 8) {
    const kept = words.temporaries.take(I64);
    code.set(kept, code.i64Load(code.get(a), offset));
    code.i64Store(code.get(a), code.i64Load(code.get(b), offset), offset);
    code.i64Store(code.get(b), code.get(kept), offset);
  }
}
