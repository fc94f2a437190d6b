/** Every opcode's recipe. */

import { OPCODES, type OpName } from '../../protocol/opcodes.ts';
import type { Recipe } from '../emitter.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { BITWISE } from './bitwise.ts';
import { ENVIRONMENT } from './environment.ts';
import { FLOW } from './flow.ts';
import { MEMORY } from './memory.ts';
import { STACK } from './stack.ts';
import { WORLD } from './world.ts';

/** What each opcode does, once, for every engine. */
export const RECIPES: Readonly<Record<OpName, Recipe>> = complete({
  ...ARITHMETIC,
  ...BITWISE,
  ...ENVIRONMENT,
  ...FLOW,
  ...MEMORY,
  ...STACK,
  ...WORLD,
});

function complete(recipes: Partial<Record<OpName, Recipe>>): Record<OpName, Recipe> {
  for (const { name } of OPCODES) {
    if (recipes[name] === undefined) throw new Error(`recipes: ${name} has none`);
  }
  return recipes as Record<OpName, Recipe>;
}
