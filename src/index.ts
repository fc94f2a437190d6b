/** evmill: an EVM to embed. This is the public API, and all of it. */

export { type Address, fromHex, type Hex, toAddress, toHex } from './bytes.ts';
export {
  type CallOptions,
  createEvm,
  type Evm,
  type EvmOptions,
  type SavableRun,
  type TransactionResult,
  type TransactOptions,
} from './chain/evm.ts';
export {
  BadRecording,
  type RecordedResult,
  type RecordedRun,
  type Recording,
  type RecordingOptions,
  readRecording,
  readRecordings,
  recordCall,
  recordTransaction,
  type TransactionRecordingOptions,
} from './chain/recording.ts';
export type { Transaction, UnsignedTransaction } from './chain/transaction.ts';
export { decodeTransaction, encodeTransaction, transactionHash } from './chain/transactionCodec.ts';
export { transactionFromJson } from './chain/transactionJson.ts';
export { recoverSender, signTransaction } from './chain/transactionSender.ts';
export { BadSavedRun, InvalidTransaction, MissingState, type TransactionFault } from './errors.ts';
export type { CustomOpcode } from './machine/engine.ts';
export type { BlockContext } from './machine/environment.ts';
export type { Stops } from './machine/machine.ts';
export type { CallResult, FrameResult, Halt, HaltReason, Message } from './machine/result.ts';
export type {
  EnterEvent,
  FrameKind,
  LeaveEvent,
  StepEvent,
  Tracer,
  TransactionEndEvent,
  TransactionStartEvent,
} from './machine/tracer.ts';
export type { WorldView } from './machine/worldView.ts';
export type { Precompile } from './precompiles/precompile.ts';
export * as forks from './protocol/forks.ts';
export { type EipDelta, FORKS, type Fork, fork, forkNamed } from './protocol/forks.ts';
export { OPCODES, type Opcode, type OpName } from './protocol/opcodes.ts';
export type { AccountDiff, Alloc, GenesisAccount, StateDiff } from './state/diff.ts';
export type { Log } from './state/log.ts';
export { memoryState } from './state/memory.ts';
export type { PackedRun } from './state/packing.ts';
export type { AccountFact, AsyncStateSource, StateSource } from './state/source.ts';
export { State } from './state/state.ts';
export type { ChangeReason, CodeChange, NumberChange, SlotChange, StateChange } from './state/stateChange.ts';
export { type Fact, type Need, type RunOptions, run, runSync, type Task } from './task.ts';
export { type CallFrame, type CallLog, type CallTracerConfig, callTracer } from './trace/callTracer.ts';
export {
  bigramTracer,
  type Counts,
  fourByteTracer,
  keccak256PreimageTracer,
  noopTracer,
  opcodeCounter,
  opcountTracer,
  trigramTracer,
} from './trace/countingTracers.ts';
export { type Erc7562Frame, type Erc7562TracerConfig, erc7562Tracer } from './trace/erc7562Tracer.ts';
export {
  type FlatCallAction,
  type FlatCallFrame,
  type FlatCallResult,
  type FlatCallTracerConfig,
  flatCallTracer,
} from './trace/flatCallTracer.ts';
export {
  collapsedStacks,
  type GasPath,
  type GasProfile,
  type GasShare,
  gasProfiler,
  speedscope,
} from './trace/gasProfiler.ts';
export { goJson } from './trace/goJson.ts';
export { type LoadOptions, loadTracer } from './trace/loadTracer.ts';
export { muxTracer } from './trace/muxTracer.ts';
export type { ResultTracer, TraceContext } from './trace/namedTracer.ts';
export {
  type Prestate,
  type PrestateAccount,
  type PrestateDiff,
  type PrestateTracerConfig,
  prestateTracer,
} from './trace/prestateTracer.ts';
export { ScriptError, type ScriptLimits } from './trace/script/scriptEngine.ts';
export {
  type StructLog,
  type StructLoggerConfig,
  type StructTrace,
  structLogger,
} from './trace/structLogger.ts';
export { TRACER_NAMES, type TracerConfig, tracerNamed } from './trace/tracers.ts';
export { traceCall, traceTransaction } from './trace/traceTransaction.ts';
