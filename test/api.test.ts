/** The public API: these names and no others, and each explains itself. */

import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** An entry's exported names with the files that they are from. */
const exportedBy = (entry: string) =>
  [
    ...readFileSync(join(SRC, entry), 'utf8').matchAll(
      /export (type )?(?:\{([^}]*)\}|\* as (\w+)) from '([^']*)'/g,
    ),
  ].flatMap(([, isType, list, namespace, from]) =>
    (list ?? namespace)
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => ({
        name: name.replace(/^type /, ''),
        isType: isType !== undefined || name.startsWith('type '),
        isNamespace: namespace !== undefined,
        path: normalize(join(dirname('index.ts'), from)),
      })),
  );
const exported = exportedBy('index.ts');

test('exports these values', async () => {
  const values = exported.filter(({ isType }) => !isType).map(({ name }) => name);
  expect(Object.keys(await import('../src/index.ts')).sort()).toEqual(values.sort());
  expect(values.sort()).toMatchInlineSnapshot(`
    [
      "BadRecording",
      "BadSavedRun",
      "FORKS",
      "InvalidTransaction",
      "MissingState",
      "OPCODES",
      "ScriptError",
      "State",
      "TRACER_NAMES",
      "bigramTracer",
      "callTracer",
      "collapsedStacks",
      "createEvm",
      "decodeTransaction",
      "encodeTransaction",
      "erc7562Tracer",
      "flatCallTracer",
      "fork",
      "forkNamed",
      "forks",
      "fourByteTracer",
      "fromHex",
      "gasProfiler",
      "goJson",
      "keccak256PreimageTracer",
      "loadTracer",
      "memoryState",
      "muxTracer",
      "noopTracer",
      "opcodeCounter",
      "opcountTracer",
      "prestateTracer",
      "readRecording",
      "readRecordings",
      "recordCall",
      "recordTransaction",
      "recoverSender",
      "run",
      "runSync",
      "signTransaction",
      "speedscope",
      "structLogger",
      "toAddress",
      "toHex",
      "traceCall",
      "traceTransaction",
      "tracerNamed",
      "transactionFromJson",
      "transactionHash",
      "trigramTracer",
    ]
  `);
});

test('exports these types', () => {
  expect(
    exported
      .filter(({ isType }) => isType)
      .map(({ name }) => name)
      .sort(),
  ).toMatchInlineSnapshot(`
    [
      "AccountDiff",
      "AccountFact",
      "Address",
      "Alloc",
      "AsyncStateSource",
      "BlockContext",
      "CallFrame",
      "CallLog",
      "CallOptions",
      "CallResult",
      "CallTracerConfig",
      "ChangeReason",
      "CodeChange",
      "Counts",
      "CustomOpcode",
      "EipDelta",
      "EnterEvent",
      "Erc7562Frame",
      "Erc7562TracerConfig",
      "Evm",
      "EvmOptions",
      "Fact",
      "FlatCallAction",
      "FlatCallFrame",
      "FlatCallResult",
      "FlatCallTracerConfig",
      "Fork",
      "FrameKind",
      "FrameResult",
      "GasPath",
      "GasProfile",
      "GasShare",
      "GenesisAccount",
      "Halt",
      "HaltReason",
      "Hex",
      "LeaveEvent",
      "LoadOptions",
      "Log",
      "Message",
      "Need",
      "NumberChange",
      "OpName",
      "Opcode",
      "PackedRun",
      "Precompile",
      "Prestate",
      "PrestateAccount",
      "PrestateDiff",
      "PrestateTracerConfig",
      "RecordedResult",
      "RecordedRun",
      "Recording",
      "RecordingOptions",
      "ResultTracer",
      "RunOptions",
      "SavableRun",
      "ScriptLimits",
      "SlotChange",
      "StateChange",
      "StateDiff",
      "StateSource",
      "StepEvent",
      "Stops",
      "StructLog",
      "StructLoggerConfig",
      "StructTrace",
      "Task",
      "TraceContext",
      "Tracer",
      "TracerConfig",
      "TransactOptions",
      "Transaction",
      "TransactionEndEvent",
      "TransactionFault",
      "TransactionRecordingOptions",
      "TransactionResult",
      "TransactionStartEvent",
      "UnsignedTransaction",
      "WorldView",
    ]
  `);
});

test("the chains' entry exports these values", () => {
  const values = exportedBy('chains.ts').filter(({ isType }) => !isType);
  expect(values.map(({ name }) => name).sort()).toMatchInlineSnapshot(`
    [
      "Blockchain",
      "InvalidBlock",
      "InvalidTransaction",
      "NETWORKS",
      "StateTrie",
      "accessesNamed",
      "blockAccessListFromJson",
      "blockAccessListHash",
      "blockAccessListToJson",
      "blockContext",
      "blockOf",
      "buildBlock",
      "chainOfFork",
      "checkResult",
      "decodeBlock",
      "decodeBlockAccessList",
      "decodeReceipt",
      "encodeBlock",
      "encodeBlockAccessList",
      "encodeReceipt",
      "executeBlock",
      "executeListedBlock",
      "genesisHeader",
      "headerHash",
      "listFault",
      "listedFacts",
      "memoryStore",
      "networkNamed",
      "officialExceptionName",
      "parseGenesis",
      "prefetch",
      "recoverSenders",
      "verifyAccount",
      "verifySlot",
    ]
  `);
});

test.each(['index.ts', 'chains.ts', 'stores.ts'])(
  'each name of %s has a docstring where it is made',
  (entry) => {
    const silent = exportedBy(entry).filter(({ name, isNamespace, path }) => {
      const text = readFileSync(join(SRC, path), 'utf8');
      if (isNamespace) return !text.startsWith('/**');
      const made = new RegExp(
        `\\*/\\nexport (?:abstract )?(?:const|function\\*?|async function|class|interface|type) ${name}\\b`,
      );
      return !made.test(text);
    });
    expect(silent.map(({ name, path }) => `${name} of ${path}`)).toEqual([]);
  },
);
