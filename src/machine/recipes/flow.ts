/** Halting, jumping, and where and how far the frame is. */

import type { OpName } from '../../protocol/opcodes.ts';
import type { Emitter, Recipe, Status } from '../emitter.ts';
import { FRAME, STATUS } from '../layout.ts';

export const FLOW: Partial<Record<OpName, Recipe>> = {
  STOP: (e) => e.halt(STATUS.stop),
  RETURN: (e) => haltWithOutput(e, STATUS.return),
  REVERT: (e) => haltWithOutput(e, STATUS.revert),
  JUMP: (e) => e.jump(e.pop()),
  JUMPI: (e) => e.jumpIf(e.pop(), e.pop()),
  JUMPDEST: () => {},
  PC: (e) => e.push(e.position()),
  GAS: (e) => e.push([e.local64(e.totalGas()), 0n, 0n, 0n]),
};

function haltWithOutput(e: Emitter, status: Status): void {
  const { code, words } = e;
  const offset = e.pop();
  const size = e.pop();
  const at = e.touch(offset, size);
  e.commit();
  e.setRegister(FRAME.output, at);
  e.setRegister(FRAME.outputSize, e.local32(code.i32Wrap(words.limb(size[0]))));
  e.halt(status);
}
