/** go-ethereum's `muxTracer`: several tracers of one transaction. */

import type { Tracer } from '../machine/tracer.ts';
import { type ResultTracer, sorted } from './namedTracer.ts';

/** Makes a tracer of several, whose result is theirs by their names. */
export function muxTracer<R extends Readonly<Record<string, unknown>>>(
  tracers: {
    readonly [K in keyof R]: ResultTracer<R[K]>;
  },
): ResultTracer<R> {
  const all: readonly ResultTracer<unknown>[] = Object.values(tracers);
  const tell = <K extends keyof Tracer>(name: K): Partial<Tracer> => {
    const whoListen = all.filter((tracer) => tracer[name] !== undefined);
    if (whoListen.length === 0) return {};
    const each = (...args: unknown[]): void => {
      for (const tracer of whoListen) (tracer[name] as (...args: unknown[]) => void).apply(tracer, args);
    };
    return { [name]: each };
  };
  return {
    ...tell('onTransactionStart'),
    ...tell('onTransactionEnd'),
    ...tell('onEnter'),
    ...tell('onStep'),
    ...tell('onFault'),
    ...tell('onLeave'),
    ...tell('onStateChange'),
    ...tell('onLog'),
    close() {
      for (const tracer of all) tracer.close?.();
    },
    result: () => sorted(new Map(Object.entries(tracers)), (tracer) => tracer.result()) as R,
  };
}
