/** Engines: the interpreter of a rule set, compiled once and instantiated over each arena. */

import { fromBase64 } from '../bytes.ts';
import type { Precompile } from '../precompiles/precompile.ts';
import type { Fork } from '../protocol/forks.ts';
import { OPCODES } from '../protocol/opcodes.ts';
import type { Arena } from './arena.ts';
import { interpreterModule, type OpcodeRecipe, type Watch } from './interpreter.ts';
import { PREPARED } from './prepared.ts';
import { RECIPES } from './recipes/recipes.ts';
import { checkFork, checkOpcode, checkPrecompiles } from './ruleChecks.ts';

/** What a machine runs by: a fork, the precompiles behind their names, and opcodes of the user's own. */
export interface RuleSet {
  readonly fork: Fork;
  /** by address, as a number below 2^32 */
  readonly precompiles: ReadonlyMap<number, Precompile>;
  /** every opcode of every fork, and the user's own */
  readonly recipes: readonly OpcodeRecipe[];
  /** static gas by opcode byte; undefined where there is no such opcode */
  readonly gas: readonly (number | undefined)[];
  /** functions that the user's own opcodes are carried out by, by the names that engines import them under */
  readonly customFunctions: ReadonlyMap<string, CustomOpcode['run']>;
}

/** An opcode of the user's own: a row of data and a function of words. */
export interface CustomOpcode {
  /** a byte that the fork leaves free */
  readonly code: number;
  readonly name: string;
  readonly pops: number;
  readonly pushes: number;
  /** static gas */
  readonly gas: number;
  /** words in, in the order popped; words out, the last one ending on top */
  readonly run: (...words: bigint[]) => readonly bigint[];
}

/** An engine over an arena. */
export interface Engine {
  /** Runs a frame until it leaves; returns how, one of `STATUS`. */
  readonly run: (frame: number) => number;
  /** functions that compiled code calls: `expand` and the arithmetic */
  readonly [shared: string]: WebAssembly.ExportValue;
}

/** The opcodes of all forks. */
export const OFFICIAL: readonly OpcodeRecipe[] = OPCODES.map((opcode) => ({
  opcode,
  recipe: RECIPES[opcode.name],
}));
const NO_FUNCTIONS: RuleSet['customFunctions'] = new Map();

/**
 * The rule set of a fork with additions.
 * @throws {RangeError} where a number cannot be, or an opcode of one's own takes a byte or a name that is in use
 */
export function ruleSet(
  fork: Fork,
  precompiles: ReadonlyMap<number, Precompile>,
  customOpcodes: readonly CustomOpcode[],
): RuleSet {
  checkFork(fork);
  checkPrecompiles(precompiles.keys());
  if (customOpcodes.length === 0) {
    return { fork, precompiles, recipes: OFFICIAL, gas: fork.gas, customFunctions: NO_FUNCTIONS };
  }
  const recipes = OFFICIAL.filter(({ opcode }) => fork.gas[opcode.code] !== undefined);
  const prices = [...fork.gas];
  const customFunctions = new Map<string, CustomOpcode['run']>();
  for (const custom of customOpcodes) {
    const { code, name, pops, pushes, gas, run } = custom;
    checkOpcode(custom);
    const other = recipes.find(({ opcode }) => opcode.code === code);
    if (other !== undefined) {
      throw new RangeError(
        `opcode ${name}: expected a free code, got 0x${code.toString(16)} of ${other.opcode.name}`,
      );
    }
    if (recipes.some(({ opcode }) => opcode.name === name)) {
      throw new RangeError(`opcode ${name}: expected a name of its own`);
    }
    // The machine's own functions have names, too.
    const functionName = `custom ${name}`;
    customFunctions.set(functionName, run);
    prices[code] = gas;
    recipes.push({
      opcode: { code, name, pops, pushes, immediate: 0 },
      recipe: (e) => {
        for (let i = 0; i < pops; i++) e.pop();
        e.custom(functionName);
      },
    });
  }
  return { fork, precompiles, recipes, gas: prices, customFunctions };
}

const modules = new WeakMap<RuleSet['recipes'], Map<Watch, WebAssembly.Module>>();

/** An engine over an arena, calling out to host functions. */
export function engineFor(
  { recipes, customFunctions }: RuleSet,
  watch: Watch,
  arena: Arena,
  host: Readonly<Record<string, (frame: number) => number | undefined>>,
): Engine {
  let ofRules = modules.get(recipes);
  if (ofRules === undefined) modules.set(recipes, (ofRules = new Map()));
  let module = ofRules.get(watch);
  if (module === undefined) {
    module = new WebAssembly.Module(moduleBytes(recipes, watch, [...customFunctions.keys()]));
    ofRules.set(watch, module);
  }
  const instance = new WebAssembly.Instance(module, {
    arena: { memory: arena.memory, grow: (end: number) => (arena.reserve(end >>> 0) ? 0 : 1) },
    kernel: { keccak: arena.kernel.keccak },
    host,
  });
  return instance.exports as unknown as Engine;
}

function moduleBytes(
  recipes: RuleSet['recipes'],
  watch: Watch,
  customNames: readonly string[],
): Uint8Array<ArrayBuffer> {
  const isUsual = recipes === OFFICIAL && watch === 'none';
  if (isUsual && PREPARED.interpreter !== undefined) return fromBase64(PREPARED.interpreter);
  return interpreterModule(recipes, watch, customNames);
}
