/**
 * The engine that runs tracers written in JavaScript: QuickJS, compiled to WebAssembly. Of its host a script sees what
 * it is given and nothing else: there is no process, no module, no timer and no other realm to reach. Memory is
 * bounded, and so is the time between two answers, but for the few built-in functions that loop without asking (over
 * an array-like of 2^53 elements, say): who runs scripts of strangers does so in a thread that can be ended.
 */

import type { QuickJSSyncVariant, QuickJSWASMModule } from 'quickjs-emscripten-core';

/** An engine, loaded. */
export interface ScriptEngine {
  readonly quickjs: QuickJSWASMModule;
}

/** What a script may use. */
export interface ScriptLimits {
  /** milliseconds of its own time, in all; 5,000 by default */
  readonly milliseconds?: number;
  /** shared memory whose first number is raised when a call into the script begins and when it ends */
  readonly pulse?: Int32Array;
}

/** A script that is none, or fails, or uses more than it may. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

let loading: Promise<ScriptEngine> | undefined;

/**
 * Loads the engine, once.
 * @throws {ScriptError} where its packages are not installed (they are optional)
 */
export function loadScriptEngine(): Promise<ScriptEngine> {
  loading ??= load();
  return loading;
}

/**
 * Pages of 64 KiB that the engine begins with, and that all scripts have together: 64 MiB. QuickJS counts memory itself,
 * but compiled to WebAssembly it sees the sizes of few allocations (two gigabytes went past its limit); this it cannot
 * pass.
 */
const MEMORY = { initial: 256, maximum: 1024 };

/** By name, so that bundlers leave them alone: they are there or they are not. */
const PACKAGES = ['quickjs-emscripten-core', '@jitl/quickjs-wasmfile-release-sync'] as const;

async function load(): Promise<ScriptEngine> {
  try {
    const [core, variant] = await Promise.all(PACKAGES.map((name) => import(/* @vite-ignore */ name)));
    const { newQuickJSWASMModuleFromVariant, newVariant } = core as typeof import('quickjs-emscripten-core');
    const { default: plain } = variant as { readonly default: QuickJSSyncVariant };
    const bounded = newVariant(plain, { wasmMemory: new WebAssembly.Memory(MEMORY) });
    return { quickjs: await newQuickJSWASMModuleFromVariant(bounded) };
  } catch (error) {
    loading = undefined;
    const why = (error as Error).message;
    throw new ScriptError(`tracers in JavaScript need the packages ${PACKAGES.join(' and ')}: ${why}`);
  }
}
