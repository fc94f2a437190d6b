/**
 * go-ethereum's `prestateTracerLegacy`: accounts that a transaction needs as they were before it, worked out from how
 * they are while it runs.
 */

import { type Address, type Hex, toHex } from '../bytes.ts';
import { creationAddress, saltedCreationAddress } from '../machine/host/create.ts';
import type { StepEvent, TransactionStartEvent } from '../machine/tracer.ts';
import { OPCODE_AT } from '../protocol/opcodes.ts';
import { addressOfWord, quantity, type ResultTracer, wordHex } from './namedTracer.ts';
import { paddedMemory } from './paddedMemory.ts';

/** An account as `prestateTracerLegacy` prints it. */
export interface LegacyPrestateAccount {
  readonly balance: Hex;
  readonly nonce: number;
  readonly code: Hex;
  readonly storage: Readonly<Record<Hex, Hex>>;
}

interface Found {
  balance: bigint;
  nonce: number;
  readonly code: Hex;
  readonly storage: Map<Hex, Hex>;
}

/** Makes a tracer of what a transaction needs, told from steps. */
export function prestateTracerLegacy(): ResultTracer<Readonly<Record<Address, LegacyPrestateAccount>>> {
  let start!: TransactionStartEvent;
  let found = new Map<Address, Found>();
  const look = (address: Address): void => {
    if (found.has(address)) return;
    const { world } = start;
    const [balance, nonce, code] = [world.balance(address), world.nonce(address), world.code(address)];
    found.set(address, { balance, nonce: Number(nonce), code: toHex(code), storage: new Map() });
  };
  return {
    onTransactionStart(event) {
      start = event;
      found = new Map();
    },
    onStep(step) {
      if (found.size === 0) look(step.address);
      const slot = step.stackSize === 0 ? undefined : slotOf(step);
      if (slot !== undefined) {
        const { storage } = found.get(step.address)!;
        const key = wordHex(slot);
        if (!storage.has(key)) storage.set(key, wordHex(start.world.slot(step.address, slot)));
      }
      const address = reachedBy(step, start);
      if (address !== undefined) look(address);
    },
    onTransactionEnd({ gasUsed }) {
      const { from, to, value, isCreation, gasPrice, block, fork } = start;
      if (found.size === 0) look(to);
      look(from);
      const tip = fork.rules.baseFee ? gasPrice - block.baseFee : gasPrice;
      const [sender, recipient] = [found.get(from)!, found.get(to)!];
      const before = sender.balance;
      recipient.balance -= value;
      sender.balance = before + value + product(gasUsed, tip);
      sender.nonce--;
      // what is created was not there
      if (isCreation) found.delete(to);
    },
    result() {
      const accounts = [...found].map(([address, { balance, nonce, code, storage }]) => {
        return [address, { balance: quantity(balance), nonce, code, storage: Object.fromEntries(storage) }];
      });
      return Object.fromEntries(accounts);
    },
  };
}

function slotOf(step: StepEvent): bigint | undefined {
  const name = OPCODE_AT[step.op]?.name;
  return name === 'SLOAD' || name === 'SSTORE' ? step.peek(0) : undefined;
}

/** The account that an instruction reaches. */
function reachedBy(step: StepEvent, { world }: TransactionStartEvent): Address | undefined {
  const { address, stackSize } = step;
  const row = OPCODE_AT[step.op];
  if (row === undefined || stackSize < row.pops) return undefined;
  switch (row.name) {
    case 'EXTCODECOPY':
    case 'EXTCODESIZE':
    case 'EXTCODEHASH':
    case 'BALANCE':
      return addressOfWord(step.peek(0));
    case 'CALL':
    case 'CALLCODE':
    case 'DELEGATECALL':
    case 'STATICCALL':
      return addressOfWord(step.peek(1));
    case 'CREATE':
      return creationAddress(address, world.nonce(address));
    case 'CREATE2': {
      const initcode = paddedMemory(step.memory, step.peek(1), step.peek(2));
      return initcode && saltedCreationAddress(address, step.peek(3), initcode);
    }
    default:
      return undefined;
  }
}

/** Gas times its price in the numbers of JavaScript, in which go-ethereum's tracer multiplies: 53 bits of precision. */
function product(gas: bigint, price: bigint): bigint {
  const [digits, exponent] = (Number(gas) * Number(price)).toExponential().split('e+');
  const [whole, fraction = ''] = digits.split('.');
  return BigInt(whole + fraction) * 10n ** BigInt(Number(exponent) - fraction.length);
}
