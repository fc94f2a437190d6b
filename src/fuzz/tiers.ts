/**
 * Evmill against itself: every way of running a case must come to the same. Interpreted is the one that the others
 * are held against: compiled from the first instruction, compiled when hot, in small slices of gas, watched, and with
 * all state resident beforehand instead of paused for.
 */

import type { Address } from '../bytes.ts';
import type { Tier } from '../machine/tier.ts';
import { writeWord } from '../state/slots.ts';
import type { StateSource } from '../state/source.ts';
import { State } from '../state/state.ts';
import { runSync } from '../task.ts';
import type { Comparison } from './comparison.ts';
import type { FuzzCase } from './fuzzCase.ts';
import {
  firstDifference,
  type Outcome,
  outcomeOf,
  outcomeText,
  runCase,
  sourceOf,
  taskOf,
} from './outcome.ts';

type Way = readonly [name: string, run: (fuzzCase: FuzzCase) => Outcome];

const tier =
  (name: Tier, sliceGas?: number) =>
  (fuzzCase: FuzzCase): Outcome =>
    runCase(fuzzCase, name, sliceGas === undefined ? {} : { sliceGas });

/** The ways besides the interpreter, each with its name. */
const WAYS: readonly Way[] = [
  ['compiled', tier('compiler')],
  ['compiled where hot', tier('auto')],
  ['compiled, in slices of 400 gas', tier('compiler', 400)],
  ['interpreted, in slices of 13 gas', tier('interpreter', 13)],
  ['recorded', (fuzzCase) => runCase(fuzzCase, 'auto', { onRecords: () => {} })],
  ['counted', (fuzzCase) => runCase(fuzzCase, 'interpreter', { steps: 2n ** 62n })],
  ['on resident state', runResident],
];

/** The ways against each other. */
export const tierComparison: Comparison = {
  name: 'tiers',
  async run(fuzzCase, tracer) {
    const interpreted = outcomeText(runCase(fuzzCase, 'interpreter'));
    const watched: Way[] =
      tracer === undefined ? [] : [['traced', (one) => runCase(one, 'interpreter', { tracer })]];
    for (const [way, run] of [...watched, ...WAYS]) {
      const difference = firstDifference(
        interpreted,
        textOf(() => run(fuzzCase)),
      );
      if (difference === undefined) continue;
      const [as, otherwise] = difference;
      return {
        kind: `${way}: ${as
          .replace(/(0x)?[0-9a-f]{2,}|[0-9]+/g, '')
          .trim()
          .slice(0, 40)}`,
        text: `interpreted: ${as}\n${way}: ${otherwise}`,
      };
    }
    return undefined;
  },
  close() {},
};

/** An outcome's text; a breakdown is one too. */
function textOf(run: () => Outcome): string {
  try {
    return outcomeText(run());
  } catch (error) {
    return `breakdown: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  }
}

/** Runs a case once to learn what it needs, and again with all of it in the state beforehand. */
function runResident(fuzzCase: FuzzCase): Outcome {
  const source = sourceOf(fuzzCase);
  const state = new State();
  const loaded = loading(source, state);
  return outcomeOf(() => {
    runSync(taskOf(fuzzCase, 'interpreter'), loaded);
    return runSync(taskOf(fuzzCase, 'interpreter', { state }), source);
  });
}

/** A source that puts everything it is asked for into a state as well. */
function loading(source: StateSource, state: State): StateSource {
  const account = (address: Address) => state.load(address, source.account(address));
  const word = new Uint32Array(8);
  return {
    account(address) {
      account(address);
      return source.account(address);
    },
    code(codeHash, address) {
      const code = source.code(codeHash, address);
      account(address).code = code;
      return code;
    },
    slot(address, key) {
      const value = source.slot(address, key);
      writeWord(word, 0, key);
      const of = account(address);
      if (state.slot(of, word, 0) < 0) state.loadSlot(of, word, 0, value);
      return value;
    },
    blockHash: (number) => source.blockHash(number),
  };
}
