/** A case on another client, step by step beside ours, up to the first step that differs. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidTransaction } from '../errors.ts';
import { OPCODE_AT } from '../protocol/opcodes.ts';
import { type Client, type ClientSettings, mostSteps, openClient } from './client.ts';
import type { Comparison, Difference } from './comparison.ts';
import { stateTestText } from './corpus.ts';
import type { FuzzCase } from './fuzzCase.ts';
import { expectationOf, type Outcome, runCase } from './outcome.ts';
import { differingField, ownStep, stepText, type TraceLine, type TraceStep } from './traceStep.ts';

const STOP = 0;
const INVALID = 0xfe;

/** A run of ours with its steps. */
interface OwnRun {
  readonly outcome: Outcome;
  readonly steps: readonly TraceStep[];
}

/**
 * Us against a client.
 * @param folder where cases are written for it
 */
export function clientComparison(settings: ClientSettings, folder: string): Comparison {
  const client = openClient(settings);
  const { convention } = settings;
  const most = mostSteps(convention);
  let files = 0;
  return {
    name: client.name,
    async run(fuzzCase) {
      const own = ownRun(fuzzCase, most);
      const file = join(folder, `${convention}-${files++}.json`);
      writeFileSync(file, stateTestText('fuzz', fuzzCase, own.outcome));
      try {
        return await compare(client, file, fuzzCase, own);
      } finally {
        rmSync(file, { force: true });
      }
    },
    close: () => client.close(),
  };
}

/** Runs a case here, and keeps its first steps. */
function ownRun(fuzzCase: FuzzCase, most: number): OwnRun {
  const steps: TraceStep[] = [];
  const outcome = runCase(fuzzCase, 'interpreter', {
    tracer: {
      onStep(step) {
        if (steps.length < most) steps.push(ownStep(step));
      },
    },
  });
  return { outcome, steps };
}

async function compare(
  client: Client,
  file: string,
  fuzzCase: FuzzCase,
  { outcome, steps }: OwnRun,
): Promise<Difference | undefined> {
  let difference: Difference | undefined;
  let last: TraceStep | undefined;
  let count = 0;
  const differ = (field: string, ours: string, theirs: string): false => {
    difference = differenceOf(client, steps, count, field, ours, theirs);
    return false;
  };
  const take = (line: TraceLine): boolean => {
    if (line.kind === 'other') return true;
    while (isLeftOut(client, steps[count], line)) count++;
    const own = steps[count];
    if (line.kind === 'step') {
      const { step, failed } = line;
      // an instruction that failed after it began is printed once more
      if (failed && last !== undefined && isSameInstruction(last, step)) return true;
      last = step;
      if (own === undefined) {
        return (
          steps.length === mostSteps(client.convention) ||
          differ('number of steps', 'no more steps', stepText(step))
        );
      }
      // it calls whatever the fork lacks INVALID
      const isNameless = client.convention === 'ethereumjs' && fuzzCase.fork.gas[own.op] === undefined;
      const told = isNameless && step.op === INVALID ? { ...step, op: own.op } : step;
      const field = differingField(own, told);
      if (field !== undefined) return differ(field, stepText(own), stepText(step));
      count++;
      return true;
    }
    if (own !== undefined) return differ('number of steps', stepText(own), 'no more steps');
    const { stateRoot } = expectationOf(fuzzCase, outcome);
    return stateRoot === line.stateRoot || differ('state root', rootText(stateRoot, outcome), line.stateRoot);
  };
  const problem = await client.run(file, take);
  if (problem !== undefined) differ('answer', 'a state root', problem);
  return difference;
}

/** Neither the STOP of code that ends without one is shown by all clients, nor what fails while it is priced. */
function isLeftOut({ convention }: Client, own: TraceStep | undefined, line: TraceLine): boolean {
  if (convention !== 'ethereumjs' || own === undefined) return false;
  const isOptional = own.op === STOP || own.isRefused === true;
  return isOptional && (line.kind !== 'step' || !isSameInstruction(own, line.step));
}

const isSameInstruction = (one: TraceStep, other: TraceStep): boolean =>
  one.pc === other.pc && one.depth === other.depth && one.gas === other.gas;

const rootText = (stateRoot: string, outcome: Outcome): string =>
  outcome instanceof InvalidTransaction ? `${stateRoot} (invalid: ${outcome.fault})` : stateRoot;

/** A difference after so many steps that agree: it was made by the last of them, or shows in the next. */
function differenceOf(
  { name, convention }: Client,
  steps: readonly TraceStep[],
  count: number,
  field: string,
  ours: string,
  theirs: string,
): Difference {
  const before = count === 0 ? undefined : steps[count - 1];
  const after = before === undefined ? 'at the start' : `after ${opText(before)}`;
  return {
    kind: `${convention}: ${field} ${after}`,
    text: [
      `${name} differs in the ${field} ${after}, at step ${count}`,
      ...(before === undefined ? [] : [`last step  ${stepText(before)}`]),
      `evmill     ${ours}`,
      `${convention.padEnd(11)}${theirs}`,
    ].join('\n'),
  };
}

const opText = ({ op }: TraceStep): string => OPCODE_AT[op]?.name ?? `0x${op.toString(16)}`;
