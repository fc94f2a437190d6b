/** The growth of a frame's memory, as a function that both engines call. */

import { type Code, I32, I64, type Local64 } from '../wasm/code.ts';
import type { Func } from '../wasm/module.ts';
import { EXPAND } from './emitter.ts';
import { CEILING, FRAME, PARAM, WORD } from './layout.ts';

/** Most bytes of memory that have a price: one word more, and the square of the words takes 65 bits. */
const MAX_MEMORY = 2n ** 37n - 32n;

/** Of `expand`; see `SharedFunctions`. */
export const EXPAND_SIGNATURE = { params: [I32, I64, I32, I64], results: [I64] } as const;

/** Bytes that are cleared word by word: `memory.fill` leaves WebAssembly, which takes as long as 8 words. */
const MOST_CLEARED_HERE = 8 * WORD;

/** Grows the memory of a frame: `expand(frame, end, old size, gas)` returns the gas left or one of `EXPAND`. */
export function writeExpand(code: Code, grow: Func): void {
  const frame = code.param(0, I32);
  const end = code.param(1, I64);
  const oldSize = code.param(2, I32);
  const gas = code.param(3, I64);
  const newWords = code.local(I64);
  const oldWords = code.local(I64);
  const top = code.local(I64);
  // 3 gas a word and the square of the words over 512; with no more than 2^37 - 32 bytes, as all clients have it,
  // everything fits 64 bits
  const cost = (words: Local64) => () =>
    code.i64Add(
      code.i64Mul(code.get(words), code.i64Load(code.i32Const(PARAM.memoryWordGas))),
      code.i64ShrU(code.i64Mul(code.get(words), code.get(words)), code.i64Const(9n)),
    );
  code.if(code.i64GtU(code.get(end), code.i64Const(MAX_MEMORY)), () =>
    code.return(code.i64Const(EXPAND.outOfGas)),
  );
  code.set(newWords, code.i64ShrU(code.i64Add(code.get(end), code.i64Const(31n)), code.i64Const(5n)));
  code.set(oldWords, code.i64ExtendU(code.i32ShrU(code.get(oldSize), code.i32Const(5))));
  code.set(gas, code.i64Sub(code.get(gas), code.i64Sub(cost(newWords)(), cost(oldWords)())));
  code.if(code.i64LtS(code.get(gas), code.i64Const(0n)), () => code.return(code.i64Const(EXPAND.outOfGas)));
  code.set(
    top,
    code.i64Add(
      code.i64ExtendU(code.i32Load(code.get(frame), FRAME.memory)),
      code.i64Shl(code.get(newWords), code.i64Const(5n)),
    ),
  );
  code.if(code.i64GtU(code.get(top), code.i64Load(code.i32Const(CEILING))), () =>
    code.return(code.i64Const(EXPAND.ceiling)),
  );
  const isBeyondArena = code.i64GtU(
    code.get(top),
    code.i64Shl(code.i64ExtendU(code.memorySize()), code.i64Const(16n)),
  );
  code.if(isBeyondArena, () => {
    code.if(code.call(grow, code.i32Wrap(code.get(top))), () => code.return(code.i64Const(EXPAND.ceiling)));
  });
  // What lies above may hold what an earlier frame left there.
  const at = code.local(I32);
  const limit = code.local(I32);
  code.set(at, code.i32Add(code.i32Load(code.get(frame), FRAME.memory), code.get(oldSize)));
  code.set(limit, code.i32Wrap(code.get(top)));
  code.if(
    code.i32GtU(code.i32Sub(code.get(limit), code.get(at)), code.i32Const(MOST_CLEARED_HERE)),
    () => code.memoryFill(code.get(at), code.i32Const(0), code.i32Sub(code.get(limit), code.get(at))),
    () =>
      code.loop((next) => {
        for (const offset of [0, 16]) code.vStore(code.get(at), code.vConst(new Uint8Array(16)), offset);
        code.set(at, code.i32Add(code.get(at), code.i32Const(WORD)));
        code.brIf(code.i32LtU(code.get(at), code.get(limit)), next);
      }),
  );
  code.return(code.get(gas));
  code.unreachable();
}
