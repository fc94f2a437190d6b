/** What code sees of its frame, its transaction and its block. */

import type { OpName } from '../../protocol/opcodes.ts';
import { I32 } from '../../wasm/code.ts';
import type { Emitter, Recipe } from '../emitter.ts';
import { BLOB_COUNT, BLOB_HASHES, FRAME, SCRATCH_WORD, WORD } from '../layout.ts';
import type { Word } from '../words.ts';

export const ENVIRONMENT: Partial<Record<OpName, Recipe>> = {
  ADDRESS: (e) => e.push(e.frameWord(FRAME.address)),
  CALLER: (e) => e.push(e.frameWord(FRAME.caller)),
  CALLVALUE: (e) => e.push(e.frameWord(FRAME.value)),
  CALLDATASIZE: (e) => e.push(e.small(e.register(FRAME.callDataSize))),
  CODESIZE: (e) => e.push(e.small(e.register(FRAME.codeSize))),
  RETURNDATASIZE: (e) => e.push(e.small(e.register(FRAME.returnDataSize))),
  CALLDATALOAD: (e) => e.push(loadCallData(e, e.pop())),
  ORIGIN: (e) => e.push(e.context('origin')),
  GASPRICE: (e) => e.push(e.context('gasPrice')),
  COINBASE: (e) => e.push(e.context('coinbase')),
  TIMESTAMP: (e) => e.push(e.context('timestamp')),
  NUMBER: (e) => e.push(e.context('number')),
  PREVRANDAO: (e) => e.push(e.context('prevRandao')),
  GASLIMIT: (e) => e.push(e.context('gasLimit')),
  CHAINID: (e) => e.push(e.context('chainId')),
  BASEFEE: (e) => e.push(e.context('baseFee')),
  BLOBBASEFEE: (e) => e.push(e.context('blobBaseFee')),
  SLOTNUM: (e) => e.push(e.context('slotNumber')),
  BLOBHASH: (e) => e.push(blobHash(e, e.pop())),
};

function loadCallData(e: Emitter, offset: Word): Word {
  const { code, words } = e;
  const start = words.hold(offset[0]);
  const size = e.local64(code.i64ExtendU(e.register(FRAME.callDataSize)));
  const from = words.temporaries.take(I32);
  // Most reads are inside. One that is not goes by way of scratch, which makes the zeros behind the end.
  const isNear = code.i32And(
    code.i64LtU(words.limb(start), code.get(size)),
    code.i64Eqz(words.union(offset.slice(1))),
  );
  code.if(
    isNear,
    () => {
      const rest = e.local64(code.i64Sub(code.get(size), words.limb(start)));
      code.set(from, code.i32Add(e.register(FRAME.callData), code.i32Wrap(words.limb(start))));
      code.if(code.i64LtU(code.get(rest), code.i64Const(BigInt(WORD))), () => {
        zeroScratch(e);
        code.memoryCopy(code.i32Const(SCRATCH_WORD), code.get(from), code.i32Wrap(code.get(rest)));
        code.set(from, code.i32Const(SCRATCH_WORD));
      });
    },
    () => {
      zeroScratch(e);
      code.set(from, code.i32Const(SCRATCH_WORD));
    },
  );
  return words.load(code.get(from));
}

function zeroScratch({ code }: Emitter): void {
  for (const offset of [0, 16]) {
    code.vStore(code.i32Const(SCRATCH_WORD), code.vConst(new Uint8Array(16)), offset);
  }
}

function blobHash(e: Emitter, index: Word): Word {
  const { code, words } = e;
  const low = words.hold(index[0]);
  const exists = e.local32(
    code.i32And(
      code.i64LtU(words.limb(low), code.i64ExtendU(code.i32Load(code.i32Const(BLOB_COUNT)))),
      code.i64Eqz(words.union(index.slice(1))),
    ),
  );
  const position = code.i32Mul(code.i32Wrap(words.limb(low)), code.i32Const(WORD));
  const at = e.local32(code.select(position, code.i32Const(0), code.get(exists)));
  const hash = words.read(at, BLOB_HASHES);
  const mask = e.local64(code.i64Sub(code.i64Const(0n), code.i64ExtendU(code.get(exists))));
  return words.and(hash, [mask, mask, mask, mask]);
}
