/** The house's rules for modules: layers point down, nothing goes round, and files say what they are. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** Source files by path below `src`. */
const files = new Map(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [path, readFileSync(join(SRC, path), 'utf8')]),
);

interface Import {
  readonly from: string;
  readonly to: string;
  /** nothing of it is left at run time */
  readonly isType: boolean;
}

const imports: Import[] = [...files].flatMap(([from, text]) =>
  [...text.matchAll(/(?:^|\n)(import|export)\s(type\s)?[^;]*?from '(\.[^']*)'|import\('(\.[^']*)'\)/g)].map(
    (match) => ({
      from,
      to: normalize(join(dirname(from), match[3] ?? match[4])),
      isType: match[2] !== undefined,
    }),
  ),
);

/** What each folder may import, beside itself. A file at the top of `src` is a folder of its own name. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  word: [],
  errors: [],
  wasm: [],
  protocol: [],
  rlp: ['bytes'],
  keccak: ['wasm'],
  fields: ['wasm', 'bytes'],
  task: ['bytes', 'state'],
  state: ['bytes', 'keccak', 'protocol', 'errors'],
  trie: ['bytes', 'errors', 'keccak', 'rlp', 'state'],
  precompiles: ['bytes', 'keccak', 'fields', 'protocol', 'wasm'],
  assembler: ['bytes', 'protocol'],
  machine: ['bytes', 'word', 'errors', 'keccak', 'rlp', 'protocol', 'wasm', 'state', 'task', 'precompiles'],
  abi: ['bytes', 'keccak', 'machine'],
  trace: ['bytes', 'keccak', 'protocol', 'state', 'task', 'machine', 'chain'],
  chain: [
    ...['bytes', 'errors', 'keccak', 'rlp', 'protocol', 'fields', 'state', 'task', 'trie', 'precompiles'],
    ...['wasm', 'machine'],
  ],
  store: ['bytes', 'keccak', 'rlp', 'state', 'trie', 'chain'],
  transition: ['bytes', 'errors', 'keccak', 'rlp', 'protocol', 'state', 'task', 'trie', 'machine', 'chain'],
  parallel: ['protocol', 'chain'],
  bench: ['*'],
  conformance: ['*'],
  fuzz: ['*'],
  cli: ['*'],
  chains: ['*'],
  stores: ['*'],
  index: ['*'],
  browser: ['*'],
};

const layerOf = (path: string): string => path.replace(/(\/.*|\.ts)$/, '');

describe('imports', () => {
  test('are found', () => {
    expect(imports.length).toBeGreaterThan(files.size);
    for (const { from, to } of imports) expect(files.has(to), `${from} imports ${to}`).toBe(true);
  });

  test('point down', () => {
    const wrong = imports.filter(({ from, to }) => {
      const [layer, target] = [layerOf(from), layerOf(to)];
      if (layer === target) return false;
      const allowed = MAY_IMPORT[layer];
      if (allowed === undefined) return true;
      return allowed[0] === '*'
        ? (target === 'index' && layer !== 'browser') || (target === 'cli' && layer !== 'cli')
        : !allowed.includes(target);
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test('go round nowhere, types aside', () => {
    const targets = new Map<string, string[]>();
    for (const { from, to, isType } of imports) {
      if (!isType) targets.set(from, [...(targets.get(from) ?? []), to]);
    }
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, above: readonly string[]): void => {
      if (above.includes(path)) circles.push([...above.slice(above.indexOf(path)), path].join(' → '));
      else if (!done.has(path)) {
        for (const target of targets.get(path) ?? []) visit(target, [...above, path]);
        done.add(path);
      }
    };
    for (const path of files.keys()) visit(path, []);
    expect(circles).toEqual([]);
  });

  test('of Node are for the command line, the conformance runner, the fuzzer, stores on disk and threads alone', () => {
    const wrong = [...files]
      .filter(
        ([path]) => !['cli', 'bench', 'conformance', 'fuzz', 'store', 'parallel'].includes(layerOf(path)),
      )
      .filter(([, text]) => /(from|import\()\s*'node:/.test(text));
    expect(wrong.map(([path]) => path)).toEqual([]);
  });
});

describe('files', () => {
  test('have no default exports, and names that say what is in them', () => {
    for (const [path, text] of files) {
      expect(/^export default/m.test(text), path).toBe(false);
      expect(path).not.toMatch(/(^|\/)(utils?|helpers?|types|constants|common|misc)\.ts$/);
    }
  });

  test('begin with what they are', () => {
    const silent = [...files].filter(([, text]) => !/^(#!.*\n)?(\/\*\*|import)/.test(text));
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('of more than 600 lines say why', () => {
    const long = [...files].filter(([, text]) => text.split('\n').length > 600);
    const silent = long.filter(([, text]) => !/600 lines|long because|one piece/i.test(text.slice(0, 1500)));
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('leave nothing half done', () => {
    for (const [path, text] of files) expect(/\b(TODO|FIXME|XXX)\b(?!.*#[0-9])/.test(text), path).toBe(false);
  });
});
