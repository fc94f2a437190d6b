/** The traces of a transition: a file for each transaction. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '../bytes.ts';
import { type Eip3155Options, eip3155Tracer } from '../trace/eip3155.ts';
import { OPCODE_NAMES } from '../trace/errorText.ts';
import type { ResultTracer } from '../trace/namedTracer.ts';
import type { TransactionWatch } from '../transition/transition.ts';

/** Begins to write a transaction's EIP-3155 lines to `trace-INDEX-HASH.jsonl`. */
export function lineFile(
  folder: string,
  index: number,
  hash: Hex,
  options: Eip3155Options,
): TransactionWatch {
  const file = openSync(traceName(folder, index, hash, 'jsonl'), 'w');
  const tracer = eip3155Tracer((lines) => void writeSync(file, lines), options);
  return {
    tracer,
    end() {
      tracer.flush();
      closeSync(file);
    },
  };
}

/** Begins to watch with a tracer that comes to a result, which is written to `trace-INDEX-HASH.json`. */
export function resultFile(
  folder: string,
  index: number,
  hash: Hex,
  tracer: ResultTracer<unknown>,
  complain: (problem: string) => void,
): TransactionWatch {
  const file = openSync(traceName(folder, index, hash, 'json'), 'w');
  return {
    tracer,
    end() {
      try {
        writeSync(file, `${JSON.stringify(tracer.result())}\n`);
      } catch (error) {
        // as in go-ethereum: the transition stands, and the file is empty
        complain(`no result of the tracer for transaction ${index}: ${(error as Error).message}`);
      } finally {
        closeSync(file);
      }
    },
  };
}

function traceName(folder: string, index: number, hash: Hex, extension: string): string {
  return join(folder, `trace-${index}-${hash}.${extension}`);
}

/** Counts instructions by opcode. */
export class OpcodeCounts {
  readonly #counts = new Float64Array(256);

  /** Takes instructions as `CallOptions.onRecords` does: the opcode is in the high 8 bits. */
  readonly take = (steps: Uint32Array): void => {
    for (let i = 0; i < steps.length; i++) this.#counts[steps[i] >>> 24]++;
  };

  /** The same watch, whose steps are counted. */
  counting(watch: TransactionWatch): TransactionWatch {
    const { tracer } = watch;
    const { onStep } = tracer;
    if (onStep === undefined) return watch;
    return {
      ...watch,
      tracer: {
        ...tracer,
        onStep: (step) => {
          this.#counts[step.op]++;
          onStep.call(tracer, step);
        },
      },
    };
  }

  /** How often each opcode was executed, by name; those that were not are left out. */
  get byName(): Readonly<Record<string, number>> {
    const named = OPCODE_NAMES.map((name, op) => [name, this.#counts[op]] as const);
    return Object.fromEntries(named.filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
