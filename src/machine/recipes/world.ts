/**
 * Opcodes that touch the world or open frames. What is pure in them (memory, gas for sizes, the part of the gas that
 * a caller may pass on) is here; the rest is in `host/`.
 */

import type { OpName } from '../../protocol/opcodes.ts';
import type { Emitter, Recipe } from '../emitter.ts';
import { FRAME, STATUS } from '../layout.ts';
import type { Word } from '../words.ts';

const log =
  (topics: number): Recipe =>
  (e) => {
    const offset = e.pop();
    const size = e.pop();
    for (let i = 0; i < topics; i++) e.pop();
    e.refuseStatic();
    setRange(e, FRAME.argument, FRAME.argumentSize, offset, size);
    e.charge(e.code.i64Mul(e.words.limb(size[0]), e.param('logByteGas')));
    e.host('log');
  };

const call =
  (takesValue: boolean): Recipe =>
  (e) => {
    // Read now: for the host, compiled code puts every word in its slot, and this one may be read from another's.
    const requested = e.words.holdWord(e.pop());
    e.pop();
    if (takesValue) e.pop();
    setRange(e, FRAME.argument, FRAME.argumentSize, e.pop(), e.pop());
    setRange(e, FRAME.result, FRAME.resultSize, e.pop(), e.pop());
    e.host('callAccess');
    e.forwardGas(requested);
    e.host('call');
  };

const create =
  (salted: boolean): Recipe =>
  (e) => {
    const { code, words } = e;
    e.pop();
    const offset = e.pop();
    const size = e.pop();
    if (salted) e.pop();
    e.refuseStatic();
    setRange(e, FRAME.argument, FRAME.argumentSize, offset, size);
    e.failIf(code.i64GtU(words.limb(size[0]), e.param('maxInitcodeSize')), STATUS.initcodeTooLarge);
    e.chargePerWord('initcodeWordGas', size);
    if (salted) e.chargePerWord('keccakWordGas', size);
    e.host('createAccess');
    e.forwardGas(null);
    e.host('create');
  };

export const WORLD: Partial<Record<OpName, Recipe>> = {
  BALANCE: unary('balance'),
  SELFBALANCE: (e) => e.host('selfBalance'),
  EXTCODESIZE: unary('extCodeSize'),
  EXTCODEHASH: unary('extCodeHash'),
  EXTCODECOPY: (e) => {
    e.pop();
    const to = e.pop();
    e.pop();
    const size = e.pop();
    setRange(e, FRAME.argument, FRAME.argumentSize, to, size);
    e.chargePerWord('copyWordGas', size);
    e.host('extCodeCopy');
  },
  BLOCKHASH: unary('blockHash'),
  SLOAD: unary('sload'),
  TLOAD: unary('tload'),
  SSTORE: (e) => {
    e.pop();
    e.pop();
    e.refuseStatic();
    e.host('sstore');
  },
  TSTORE: (e) => {
    e.pop();
    e.pop();
    e.refuseStatic();
    e.host('tstore');
  },
  LOG0: log(0),
  LOG1: log(1),
  LOG2: log(2),
  LOG3: log(3),
  LOG4: log(4),
  CREATE: create(false),
  CREATE2: create(true),
  CALL: call(true),
  CALLCODE: call(true),
  DELEGATECALL: call(false),
  STATICCALL: call(false),
  SELFDESTRUCT: (e) => {
    e.pop();
    e.refuseStatic();
    e.host('selfDestruct');
  },
};

/** The host replaces the operand by the result. */
function unary(name: 'balance' | 'extCodeSize' | 'extCodeHash' | 'blockHash' | 'sload' | 'tload'): Recipe {
  return (e) => {
    e.pop();
    e.host(name);
  };
}

/** Touches a range of memory and leaves it where host functions find it. */
function setRange(e: Emitter, address: number, length: number, offset: Word, size: Word): void {
  e.setRegister(address, e.touch(offset, size));
  e.setRegister(length, e.local32(e.code.i32Wrap(e.words.limb(size[0]))));
}
