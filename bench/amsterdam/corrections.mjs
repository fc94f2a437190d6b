/**
 * What @ethereumjs/vm 10.1.3 does otherwise than the EIPs say, each with what the EIP says, and mended from outside:
 * where a block comes out the same with these in place, and not without one of them, that one is why.
 */

import { EVMError } from '@ethereumjs/evm';

const NEW_ACCOUNT = 120n * 1530n;
const [CREATE, CALL, CREATE2] = [0xf0, 0xf1, 0xf5];
const CALL_DEPTH_LIMIT = 1024;
const MAX_NONCE = 2n ** 64n - 1n;

/** Puts something around what computes the gas of instructions. */
function aroundGas({ evm }, codes, around) {
  for (const code of codes) {
    const entry = evm._opcodeMap[code];
    const inner = entry.gasHandler;
    evm._opcodeMap[code] = { ...entry, gasHandler: (...given) => around(inner, ...given) };
  }
}

export const corrections = [
  {
    name: 'unpaid account not listed',
    rule: 'EIP-2780, runtime gas costs: the recipient is listed before its account is paid for; EIP-7928, scope: creations always are',
    mend({ evm }) {
      const runCall = evm.runCall.bind(evm);
      evm.runCall = async (options) => {
        const result = await runCall(options);
        if (options.message !== undefined || !evm.eip2780PrepOog) return result;
        const address = options.to ?? result.createdAddress;
        evm.blockLevelAccessList.addAddress(address.toString());
        return result;
      };
    },
  },
  {
    name: 'undone authorization listed as done',
    rule: 'EIP-2780, runtime gas costs: all state changes are reverted, delegations too; EIP-7928: who is listed without changes',
    mend({ evm }) {
      // The list is to go back with the one checkpoint of states that it does not share: that before authorizations.
      const { journal } = evm;
      const own = [];
      let shared = false;
      const list = () => evm.blockLevelAccessList;
      const around = (object, name, before) => {
        const inner = object[name].bind(object);
        object[name] = (...given) => {
          before();
          return inner(...given);
        };
      };
      let watched;
      const watch = () => {
        if (watched === list()) return;
        watched = list();
        around(watched, 'checkpoint', () => {
          shared = true;
        });
      };
      around(journal, 'checkpoint', () => {
        watch();
        own.push(!shared);
        if (!shared) list().checkpoint();
        shared = false;
      });
      for (const name of ['commit', 'revert']) {
        around(journal, name, () => {
          if (own.pop()) list()[name]();
        });
      }
    },
  },
  {
    name: 'reservoir burns with the outermost frame',
    rule: "EIP-8037, gas accounting for halts and reverts: only the frame's own gas is consumed, its reservoir is whole",
    mend({ evm }) {
      Object.defineProperty(evm, 'eip7928CallPostTargetOog', { get: () => false, set: () => {} });
    },
  },
  {
    name: 'account paid for by a creation that is refused',
    rule: 'EIP-8037, gas accounting for new accounts: a creation that fails for ether, nonce or depth, or in a static frame, reads and charges nothing',
    mend(vm) {
      aroundGas(vm, [CREATE, CREATE2], async (inner, runState, gas, common) => {
        const { interpreter, env } = runState;
        if (interpreter.isStatic()) throw new EVMError(EVMError.errorMessages.STATIC_STATE_CHANGE);
        const [value] = runState.stack.peek(1);
        const { balance, nonce } = env.contract;
        const refused = value > balance || nonce >= MAX_NONCE || env.depth >= CALL_DEPTH_LIMIT;
        if (!refused) return inner(runState, gas, common);
        // There is something everywhere: nothing is new.
        const somebody = { isEmpty: () => false, nonce };
        const stateManager = { getAccount: async () => somebody };
        const blind = new Proxy(runState, {
          get: (target, key) => (key === 'stateManager' ? stateManager : target[key]),
        });
        return inner(blind, gas, common);
      });
    },
  },
  {
    name: 'gas forwarded to a call before its account is paid for',
    rule: 'EIP-8037, gas accounting for new accounts: what gas_left pays reduces what is forwarded',
    mend(vm) {
      aroundGas(vm, [CALL], async (inner, runState, gas, common) => {
        const [requested] = runState.stack.peek(1);
        const left = runState.interpreter.getGasLeft();
        const cost = await inner(runState, gas, common);
        const paid = left - runState.interpreter.getGasLeft();
        if (paid > 0n && runState.lastCallNewAccountStateGas === NEW_ACCOUNT) {
          const rest = left - paid - cost;
          const most = rest - rest / 64n;
          runState.messageGasLimit = requested < most ? requested : most;
        }
        return cost;
      });
    },
  },
  {
    name: 'slot listed as changed and as read',
    rule: 'EIP-7928, ordering, uniqueness and determinism: a slot that is changed is not among those that are read',
    mend({ evm }) {
      let list = evm.blockLevelAccessList;
      Object.defineProperty(evm, 'blockLevelAccessList', {
        get: () => list,
        set(next) {
          list = next;
          const raw = list.raw.bind(list);
          list.raw = () => {
            for (const access of Object.values(list.accesses))
              for (const slot of Object.keys(access.storageChanges)) access.storageReads.delete(slot);
            return raw();
          };
        },
      });
    },
  },
];
