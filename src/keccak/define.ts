/**
 * Keccak-256 as WebAssembly functions over memory 0, for the machine's arena and for `keccak256`. This is Keccak as
 * submitted (https://keccak.team/files/Keccak-submission-3.pdf) with the padding of Ethereum: one bit after the
 * message, not the suffix that SHA-3 later put there.
 */

import { type Code, I32, I64, type Local64, type Operand64 } from '../wasm/code.ts';
import type { Func, ModuleBuilder } from '../wasm/module.ts';

/** Bytes absorbed by one permutation. */
export const BLOCK = 136;
/** Bytes of memory that the functions use: the state, the last block, the round constants. */
export const KECCAK_SCRATCH = 544;

const LANES = 25;
// Where things are in the scratch, behind the 25 lanes of the state.
const LAST_BLOCK = 208;
const CONSTANTS = 352;

/** The two halves of hashing: what a message too large for the memory is passed through. */
export interface Sponge {
  /** `(source, blocks)`: absorbs whole blocks, at least one, into the state. */
  readonly absorb: Func;
  /** `(source, length, out)`: absorbs the rest of a message, writes its hash to `out` and clears the state. */
  readonly finish: Func;
}

// Both by their definitions in section 1.2 of the specification: a linear feedback shift register, a walk over lanes.
const ROUND_CONSTANTS: readonly bigint[] = roundConstants();
const ROTATIONS: readonly bigint[] = rotations();

/**
 * Lanes that are kept inverted while blocks are absorbed, so that a row takes one inversion, not five, as in "Keccak
 * implementation overview", section 2.2 (https://keccak.team/files/Keccak-implementation-3.2.pdf).
 */
const INVERTED: ReadonlySet<number> = new Set([1, 2, 8, 12, 17, 20]);

function roundConstants(): bigint[] {
  const constants: bigint[] = [];
  let register = 1;
  for (let round = 0; round < 24; round++) {
    let constant = 0n;
    for (let j = 0; j <= 6; j++) {
      if (register & 1) constant |= 1n << ((1n << BigInt(j)) - 1n);
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    }
    constants.push(constant);
  }
  return constants;
}

function rotations(): bigint[] {
  const rotations = new Array<bigint>(LANES).fill(0n);
  for (let t = 0, x = 1, y = 0; t < 24; t++) {
    rotations[x + 5 * y] = BigInt((((t + 1) * (t + 2)) / 2) % 64);
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return rotations;
}

/**
 * Adds Keccak-256 to a module: `(source, length, out)` writes the hash of `length` bytes to `out`, 32 bytes that may
 * lie within the source. `scratch` is the address of `KECCAK_SCRATCH` bytes of memory 0, aligned to 8, which must be
 * zero before the first call.
 */
export function defineKeccak(module: ModuleBuilder, scratch: number): Func {
  return defineSponge(module, scratch).finish;
}

/** Adds Keccak-256 to a module in halves. `scratch` is as for `defineKeccak`. */
export function defineSponge(module: ModuleBuilder, scratch: number): Sponge {
  const constants = new BigUint64Array(ROUND_CONSTANTS);
  module.data(scratch + CONSTANTS, new Uint8Array(constants.buffer));
  const absorb = defineAbsorb(module, scratch);
  const finish = module.func({ params: [I32, I32, I32], results: [] });
  const { code } = finish;
  const source = code.param(0, I32);
  const length = code.param(1, I32);
  const out = code.param(2, I32);
  const at = (address: number) => code.i32Const(scratch + address);
  const blocks = code.local(I32);
  const whole = () => code.i32Mul(code.get(blocks), code.i32Const(BLOCK));

  code.set(blocks, code.i32DivU(code.get(length), code.i32Const(BLOCK)));
  code.if(code.get(blocks), () => {
    code.call(absorb, code.get(source), code.get(blocks));
    code.set(source, code.i32Add(code.get(source), whole()));
    code.set(length, code.i32Sub(code.get(length), whole()));
  });
  for (let i = 0; i < BLOCK; i += 8) code.i64Store(at(LAST_BLOCK), code.i64Const(0n), i);
  code.memoryCopy(at(LAST_BLOCK), code.get(source), code.get(length));
  code.i32Store8(code.i32Add(at(LAST_BLOCK), code.get(length)), code.i32Const(1));
  code.i32Store8(
    at(LAST_BLOCK),
    code.i32Or(code.i32Load8(at(LAST_BLOCK), BLOCK - 1), code.i32Const(0x80)),
    BLOCK - 1,
  );
  code.call(absorb, at(LAST_BLOCK), code.i32Const(1));
  for (let i = 0; i < 32; i += 8) code.i64Store(code.get(out), code.i64Load(at(0), i), i);
  for (let i = 0; i < 8 * LANES; i += 8) code.i64Store(at(0), code.i64Const(0n), i);
  return { absorb, finish };
}

/** `(source, blocks)`: the state is in locals from the first block to the last. */
function defineAbsorb(module: ModuleBuilder, scratch: number): Func {
  const func = module.func({ params: [I32, I32], results: [] });
  const { code } = func;
  const source = code.param(0, I32);
  const blocks = code.param(1, I32);
  const state = code.locals(I64, LANES);
  const at = () => code.i32Const(scratch);
  const inverted = (value: Operand64) => code.i64Xor(value, code.i64Const(-1n));
  const outside = (i: number, value: Operand64) => (INVERTED.has(i) ? inverted(value) : value);
  for (const [i, lane] of state.entries()) code.set(lane, outside(i, code.i64Load(at(), 8 * i)));
  code.loop((again) => {
    for (const [i, lane] of state.slice(0, BLOCK / 8).entries()) {
      code.set(lane, code.i64Xor(code.get(lane), code.i64Load(code.get(source), 8 * i)));
    }
    permute(code, state, scratch + CONSTANTS);
    code.set(source, code.i32Add(code.get(source), code.i32Const(BLOCK)));
    code.brIf(code.tee(blocks, code.i32Sub(code.get(blocks), code.i32Const(1))), again);
  });
  for (const [i, lane] of state.entries()) code.i64Store(at(), outside(i, code.get(lane)), 8 * i);
  return func;
}

/**
 * The 24 rounds of Keccak-f[1600]. One round to an iteration is the fastest, since all of 25 lanes do not fit the
 * registers and the compiler spills the worse the longer the code: Node 20 and 24 make 240 instructions of a round, and
 * of two 527; without inverted lanes 260. Summing the columns while the rows are made was measured, too, and does not gain.
 *
 * A permutation takes 1,010 cycles, 370 ns at 2.7 GHz, and so does OpenSSL's in assembly (openssl speed -evp sha3-256).
 * KECCAK256 of long inputs pays 25.5 gas for it: 100 million gas a second would leave 255 ns.
 */
function permute(code: Code, state: readonly Local64[], constants: number): void {
  const constant = code.local(I32);
  const columns = code.locals(I64, 5);
  const changes = code.locals(I64, 5);
  const row = code.locals(I64, 5);
  const next = code.locals(I64, LANES);
  const opposite = code.local(I64);
  code.set(constant, code.i32Const(constants));
  code.loop((again) => {
    // theta
    for (let x = 0; x < 5; x++) {
      let sum = code.get(state[x]);
      for (let y = 1; y < 5; y++) sum = code.i64Xor(sum, code.get(state[x + 5 * y]));
      code.set(columns[x], sum);
    }
    for (let x = 0; x < 5; x++) {
      const rotated = code.i64Rotl(code.get(columns[(x + 1) % 5]), code.i64Const(1n));
      code.set(changes[x], code.i64Xor(rotated, code.get(columns[(x + 4) % 5])));
    }
    for (let y = 0; y < 5; y++) {
      // rho and pi: lane (x, y') moves to (y', 2x + 3y')
      for (let x = 0; x < 5; x++) {
        const from = ((x + 3 * y) % 5) + 5 * x;
        const lane = code.i64Xor(code.get(state[from]), code.get(changes[from % 5]));
        code.set(row[x], code.i64Rotl(lane, code.i64Const(ROTATIONS[from])));
      }
      // chi and iota
      const { both, steps } = ROWS[y];
      code.set(opposite, code.i64Xor(code.get(row[both]), code.i64Const(-1n)));
      for (const [x, { opposites, isOr }] of steps.entries()) {
        const form = (i: number) => code.get(opposites[i] ? opposite : row[(x + i) % 5]);
        const product = isOr ? code.i64Or(form(1), form(2)) : code.i64And(form(1), form(2));
        const lane = code.i64Xor(product, form(0));
        const first = x === 0 && y === 0;
        code.set(next[x + 5 * y], first ? code.i64Xor(lane, code.i64Load(code.get(constant))) : lane);
      }
    }
    for (const [i, lane] of state.entries()) code.set(lane, code.get(next[i]));
    code.set(constant, code.i32Add(code.get(constant), code.i32Const(8)));
    code.brIf(code.i32Ne(code.get(constant), code.i32Const(constants + 8 * ROUND_CONSTANTS.length)), again);
  });
}

/** How a lane of a row is made of three: `a ^ (b & c)` or `a ^ (b | c)`, some of them in their opposite form. */
interface ChiStep {
  readonly opposites: readonly boolean[];
  readonly isOr: boolean;
}

/** How the rows of a round are made, and which lane of each is there in both forms. */
const ROWS: readonly { readonly both: number; readonly steps: readonly ChiStep[] }[] = [0, 1, 2, 3, 4].map(
  planRow,
);

function planRow(y: number): { both: number; steps: ChiStep[] } {
  const places = [0, 1, 2, 3, 4];
  // whether lanes are inverted before theta, and after pi
  const isInverted = (x: number, row: number) => INVERTED.has((x % 5) + 5 * row);
  const isColumnInverted = (x: number) => places.filter((row) => isInverted(x, row)).length % 2 === 1;
  const inverted = places.map((x) => {
    const from = x + 3 * y;
    const isChangeInverted = isColumnInverted(from + 1) !== isColumnInverted(from + 4);
    return isInverted(from, x) !== isChangeInverted;
  });
  for (const both of places) {
    const steps = places.map((x) => planStep(x, both, inverted, isInverted(x, y)));
    if (steps.every((step) => step !== undefined)) return { both, steps };
  }
  throw new Error(`keccak: row ${y} takes more than one inversion`);
}

/** The forms of three lanes that make a lane of chi, `a ^ (~b & c)`, as it is to be. */
function planStep(
  x: number,
  both: number,
  inverted: readonly boolean[],
  wanted: boolean,
): ChiStep | undefined {
  for (const isOpposite of [false, true]) {
    const opposites = [0, 1, 2].map((i) => isOpposite && (x + i) % 5 === both);
    const [a, b, c] = opposites.map((isOther, i) => inverted[(x + i) % 5] !== isOther);
    // ~b & c is of two lanes one of which is inverted: b, or else it is ~(b | ~c)
    if (b !== c && (a !== !b) === wanted) return { opposites, isOr: c };
  }
  return undefined;
}
