/** The frame's memory: loads, stores, copies, hashing. */

import type { OpName } from '../../protocol/opcodes.ts';
import type { Emitter, Recipe } from '../emitter.ts';
import { FRAME, SCRATCH_DIGEST, STATUS } from '../layout.ts';
import type { Word } from '../words.ts';

export const MEMORY: Partial<Record<OpName, Recipe>> = {
  MLOAD: (e) => {
    const at = e.touch(e.pop(), 32);
    e.push(e.words.load(e.code.get(at)));
  },
  MSTORE: (e) => {
    const at = e.touch(e.pop(), 32);
    e.commit();
    e.words.store(at, e.pop());
  },
  MSTORE8: (e) => {
    const at = e.touch(e.pop(), 1);
    e.commit();
    e.code.i64Store8(e.code.get(at), e.words.limb(e.pop()[0]));
  },
  MSIZE: (e) => e.push(e.small(e.memorySize())),
  MCOPY: (e) => {
    const [to, from, size] = popTouchedCopy(e);
    const source = e.touch(from, size);
    e.chargePerWord('copyWordGas', size);
    e.commit();
    // Both ranges are touched: nothing moves any more.
    e.code.if(e.words.isNonZero(size), () =>
      e.code.memoryCopy(e.code.get(to), e.code.get(source), e.code.i32Wrap(e.words.limb(size[0]))),
    );
  },
  CALLDATACOPY: (e) => copyFrom(e, FRAME.callData, FRAME.callDataSize),
  CODECOPY: (e) => copyFrom(e, FRAME.code, FRAME.codeSize),
  RETURNDATACOPY: (e) => {
    const to = e.pop();
    const from = e.pop();
    const size = e.pop();
    const at = e.touch(to, size);
    e.chargePerWord('copyWordGas', size);
    // from + size must not pass the end; each is below 2^38 once the upper limbs are known to be zero
    const { code, words } = e;
    const end = e.words.add(from, size);
    const isBeyond = code.i32Or(
      code.i64GtU(words.limb(end[0]), code.i64ExtendU(e.register(FRAME.returnDataSize))),
      code.i64Ne(words.union([...from.slice(1), ...size.slice(1), ...end.slice(1)]), code.i64Const(0n)),
    );
    const beyond = e.local32(isBeyond);
    e.commit();
    e.failIf(code.get(beyond), STATUS.returnDataOutOfBounds);
    e.copyReturnData(at, from, size);
  },
  KECCAK256: (e) => {
    const offset = e.pop();
    const size = e.pop();
    const at = e.touch(offset, size);
    e.chargePerWord('keccakWordGas', size);
    e.keccak(at, size, SCRATCH_DIGEST);
    e.push(e.words.load(e.code.i32Const(SCRATCH_DIGEST)));
  },
};

function popTouchedCopy(e: Emitter): readonly [ReturnType<Emitter['touch']>, Word, Word] {
  const to = e.pop();
  const from = e.pop();
  const size = e.pop();
  return [e.touch(to, size), from, size];
}

function copyFrom(e: Emitter, buffer: number, available: number): void {
  const [to, from, size] = popTouchedCopy(e);
  e.chargePerWord('copyWordGas', size);
  e.commit();
  e.copy(to, e.local32(e.register(buffer)), e.local32(e.register(available)), from, size);
}
