/** One script in the engine: a realm of its own with its limits, the functions of the host, and calls into it. */

import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from 'quickjs-emscripten-core';
import { type ScriptEngine, ScriptError, type ScriptLimits } from './scriptEngine.ts';

/** What passes between host and guest. */
export type Primitive = string | number | undefined | Uint8Array;

/** A function of the host: it is given texts, and gives a text or bytes. What it throws ends the script. */
export type HostFunction = (...args: string[]) => string | Uint8Array;

const MAX_STACK = 256 * 1024;
const DEFAULT_MILLISECONDS = 5000;

/** A script's realm. */
export class Guest {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #handles: QuickJSHandle[] = [];
  readonly #functions = new Map<string, QuickJSHandle>();
  readonly #pulse: Int32Array | undefined;
  #millisecondsLeft: number;
  #deadline = 0;
  /** why the script must not go on */
  #stopped: unknown;

  constructor({ quickjs }: ScriptEngine, limits: ScriptLimits) {
    this.#pulse = limits.pulse;
    this.#millisecondsLeft = limits.milliseconds ?? DEFAULT_MILLISECONDS;
    this.#runtime = quickjs.newRuntime();
    this.#runtime.setMaxStackSize(MAX_STACK);
    this.#runtime.setInterruptHandler(
      () => this.#stopped !== undefined || performance.now() > this.#deadline,
    );
    this.#context = this.#runtime.newContext();
  }

  /** Runs the prelude with functions of the host; what it returns is what `call` calls. */
  begin(prelude: string, host: Readonly<Record<string, HostFunction>>, opNames: readonly string[]): void {
    const context = this.#context;
    this.#timed('setup', () => {
      const make = this.#kept(this.#evaluated(prelude, 'prelude.js'));
      const functions = this.#kept(context.newObject());
      for (const [name, run] of Object.entries(host)) {
        const handle = context.newFunction(name, (...args) => this.#answer(run, args));
        context.setProp(functions, name, handle);
        handle.dispose();
      }
      const names = this.#kept(this.#evaluated(JSON.stringify(opNames), 'names.js'));
      const result = context.callFunction(make, context.undefined, functions, names);
      const guest = this.#kept(this.#unwrapped(result));
      for (const name of ['register', 'context', 'step', 'fault', 'enter', 'exit', 'result']) {
        this.#functions.set(name, this.#kept(context.getProp(guest, name)));
      }
    });
  }

  /** Evaluates the script to an object, and registers that as the tracer. */
  register(script: string, config: string): string {
    return this.#timed('setup', () => {
      const object = this.#kept(this.#evaluated(`(${script}\n)`, 'tracer.js'));
      return this.#called('register', [object, this.#kept(this.#context.newString(config))]);
    });
  }

  /** Calls one of the prelude's functions. */
  call(name: string, ...args: readonly Primitive[]): string {
    return this.#timed(name, () => {
      const handles = args.map((arg) => this.#handleOf(arg));
      try {
        return this.#called(name, handles);
      } finally {
        for (const handle of handles) if (handle !== this.#context.undefined) handle.dispose();
      }
    });
  }

  /** Lets go of the realm. */
  dispose(): void {
    for (const handle of this.#handles) handle.dispose();
    this.#handles.length = 0;
    this.#context.dispose();
    this.#runtime.dispose();
  }

  #called(name: string, args: readonly QuickJSHandle[]): string {
    const context = this.#context;
    const result = this.#unwrapped(
      context.callFunction(this.#functions.get(name)!, context.undefined, ...args),
    );
    const text = context.typeof(result) === 'string' ? context.getString(result) : '';
    result.dispose();
    return text;
  }

  #timed<T>(name: string, run: () => T): T {
    if (this.#stopped !== undefined) throw this.#stopped;
    const start = performance.now();
    this.#deadline = start + this.#millisecondsLeft;
    if (this.#pulse !== undefined) Atomics.add(this.#pulse, 0, 1);
    try {
      return run();
    } catch (error) {
      this.#stopped = error instanceof GuestFailure ? this.#reasonOf(error, name) : error;
      throw this.#stopped;
    } finally {
      this.#millisecondsLeft -= performance.now() - start;
      if (this.#pulse !== undefined) Atomics.add(this.#pulse, 0, 1);
    }
  }

  #reasonOf({ message }: GuestFailure, name: string): unknown {
    const isOver = performance.now() > this.#deadline;
    return new ScriptError(
      `${isOver ? 'execution timeout' : message}    in server-side tracer function '${name}'`,
    );
  }

  #evaluated(code: string, file: string): QuickJSHandle {
    return this.#unwrapped(this.#context.evalCode(code, file));
  }

  #unwrapped(result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle {
    if (result.error === undefined) {
      if (this.#stopped === undefined) return result.value;
      result.value.dispose();
      throw this.#stopped;
    }
    const message = this.#messageOf(result.error);
    result.error.dispose();
    throw this.#stopped ?? new GuestFailure(message);
  }

  /** What was thrown, in a sentence; asking for it must not let the script run on for ever. */
  #messageOf(error: QuickJSHandle): string {
    const context = this.#context;
    const isObject = context.typeof(error) === 'object';
    const read = (name: string): string => {
      const handle = context.getProp(error, name);
      const text = context.typeof(handle) === 'string' ? context.getString(handle) : '';
      handle.dispose();
      return text;
    };
    if (!isObject) return context.typeof(error) === 'string' ? context.getString(error) : 'an error';
    const [name, message, stack] = [read('name'), read('message'), read('stack')];
    const place = /\(?(tracer\.js:\d+(?::\d+)?)\)?/.exec(stack)?.[1];
    return `${name || 'Error'}: ${message}${place === undefined ? '' : ` at ${place}`}`;
  }

  #answer(run: HostFunction, args: readonly QuickJSHandle[]): QuickJSHandle {
    const context = this.#context;
    if (this.#stopped !== undefined) throw new Error('stopped');
    // only texts and numbers are asked with: nothing of the script's runs while they are read
    const texts = args.map((arg) => {
      const type = context.typeof(arg);
      return type === 'string'
        ? context.getString(arg)
        : type === 'number'
          ? String(context.getNumber(arg))
          : '';
    });
    try {
      return this.#handleOf(run(...texts));
    } catch (error) {
      this.#stopped ??= error;
      throw new Error('stopped');
    }
  }

  #handleOf(value: Primitive): QuickJSHandle {
    const context = this.#context;
    if (value === undefined) return context.undefined;
    if (typeof value === 'string') return context.newString(value);
    if (typeof value === 'number') return context.newNumber(value);
    return context.newArrayBuffer(value.slice().buffer as ArrayBuffer);
  }

  #kept(handle: QuickJSHandle): QuickJSHandle {
    this.#handles.push(handle);
    return handle;
  }
}

/** The script threw, or did what it must not. */
export class GuestFailure extends Error {}
