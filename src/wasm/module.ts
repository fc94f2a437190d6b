/** Builds a WebAssembly module: types, imports, functions, tables, exports, data. */

import { ByteSink } from './bytes.ts';
import { Code, type ValueType } from './code.ts';

/** What a function takes and returns. */
export interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A function of the module, imported or its own. */
export interface Func {
  readonly index: number;
  readonly signature: Signature;
}

/** A function of the module whose body can be written. */
export interface OwnFunc extends Func {
  readonly code: Code;
}

const FUNCREF = 0x70;

/** A module as it is put together. Imports come before the module's own functions. */
export class ModuleBuilder {
  readonly #types: Signature[] = [];
  readonly #typeIndexes = new Map<string, number>();
  readonly #imports = new ByteSink();
  #importCount = 0;
  #importedFunctions = 0;
  readonly #functions: OwnFunc[] = [];
  readonly #exports = new ByteSink();
  #exportCount = 0;
  readonly #tables: number[] = [];
  readonly #elements: { readonly table: number; readonly first: number; readonly funcs: readonly Func[] }[] =
    [];
  readonly #data: { readonly address: number; readonly bytes: Uint8Array }[] = [];
  #memory: { readonly pages: number } | undefined;

  /** The index of a signature in the type section. */
  typeIndex(signature: Signature): number {
    const key = `${signature.params.join()}:${signature.results.join()}`;
    let index = this.#typeIndexes.get(key);
    if (index === undefined) {
      index = this.#types.push(signature) - 1;
      this.#typeIndexes.set(key, index);
    }
    return index;
  }

  /** Imports a memory of at least so many pages of 64 KiB. */
  importMemory(from: string, name: string, pages: number): void {
    this.#import(from, name, 0x02);
    this.#imports.byte(0x00);
    this.#imports.unsigned(pages);
  }

  /** Imports a table of functions with at least so many slots; returns its index. */
  importTable(from: string, name: string, slots: number): number {
    this.#import(from, name, 0x01);
    this.#imports.bytes([FUNCREF, 0x00]);
    this.#imports.unsigned(slots);
    return this.#tables.push(-1) - 1;
  }

  importFunction(from: string, name: string, signature: Signature): Func {
    if (this.#functions.length > 0) throw new Error('wasm: imports come before functions');
    const type = this.typeIndex(signature);
    this.#import(from, name, 0x00);
    this.#imports.unsigned(type);
    return { index: this.#importedFunctions++, signature };
  }

  /** A memory of the module's own, exported under the name. */
  memory(name: string, pages: number): void {
    this.#memory = { pages };
    this.#export(name, 0x02, 0);
  }

  /** A function of the module; write its body into `code`. */
  func(signature: Signature): OwnFunc {
    this.typeIndex(signature);
    const func = {
      index: this.#importedFunctions + this.#functions.length,
      signature,
      code: new Code(signature),
    };
    this.#functions.push(func);
    return func;
  }

  /** Makes a function callable from outside. */
  export(name: string, func: Func): void {
    this.#export(name, 0x00, func.index);
  }

  /** A table of the module's own, filled with functions; returns its index. */
  table(funcs: readonly Func[]): number {
    const table = this.#tables.push(funcs.length) - 1;
    this.fill(table, 0, funcs);
    return table;
  }

  /** Puts functions into the slots of a table from `first` on. */
  fill(table: number, first: number, funcs: readonly Func[]): void {
    this.#elements.push({ table, first, funcs });
  }

  /** Bytes that are in memory from the start. */
  data(address: number, bytes: Uint8Array): void {
    this.#data.push({ address, bytes });
  }

  /** The module in binary form. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteSink();
    out.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    section(out, 1, this.#types.length, (sink) => {
      for (const { params, results } of this.#types) {
        sink.byte(0x60);
        sink.unsigned(params.length);
        sink.bytes(params);
        sink.unsigned(results.length);
        sink.bytes(results);
      }
    });
    section(out, 2, this.#importCount, (sink) => sink.bytes(this.#imports.view()));
    section(out, 3, this.#functions.length, (sink) => {
      for (const { signature } of this.#functions) sink.unsigned(this.typeIndex(signature));
    });
    const ownTables = this.#tables.filter((slots) => slots >= 0);
    section(out, 4, ownTables.length, (sink) => {
      for (const slots of ownTables) {
        sink.bytes([FUNCREF, 0x00]);
        sink.unsigned(slots);
      }
    });
    section(out, 5, this.#memory === undefined ? 0 : 1, (sink) => {
      sink.byte(0x00);
      sink.unsigned(this.#memory?.pages ?? 0);
    });
    section(out, 7, this.#exportCount, (sink) => sink.bytes(this.#exports.view()));
    section(out, 9, this.#elements.length, (sink) => {
      for (const { table, first, funcs } of this.#elements) {
        sink.byte(0x02);
        sink.unsigned(table);
        sink.byte(0x41);
        sink.signed(first);
        sink.bytes([0x0b, 0x00]);
        sink.unsigned(funcs.length);
        for (const func of funcs) sink.unsigned(func.index);
      }
    });
    section(out, 10, this.#functions.length, (sink) => {
      for (const { code } of this.#functions) {
        const body = code.body();
        sink.unsigned(body.length);
        sink.bytes(body);
      }
    });
    section(out, 11, this.#data.length, (sink) => {
      for (const { address, bytes } of this.#data) {
        sink.bytes([0x00, 0x41]);
        sink.signed(address);
        sink.byte(0x0b);
        sink.unsigned(bytes.length);
        sink.bytes(bytes);
      }
    });
    return out.view();
  }

  #import(from: string, name: string, kind: number): void {
    this.#importCount++;
    this.#imports.name(from);
    this.#imports.name(name);
    this.#imports.byte(kind);
  }

  #export(name: string, kind: number, index: number): void {
    this.#exportCount++;
    this.#exports.name(name);
    this.#exports.byte(kind);
    this.#exports.unsigned(index);
  }
}

function section(out: ByteSink, id: number, count: number, write: (sink: ByteSink) => void): void {
  if (count === 0) return;
  const sink = new ByteSink();
  sink.unsigned(count);
  write(sink);
  out.byte(id);
  out.unsigned(sink.length);
  out.bytes(sink.view());
}
