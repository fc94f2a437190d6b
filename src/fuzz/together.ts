/** Several tracers as one. */

import type { Tracer } from '../machine/tracer.ts';

/** A tracer that tells steps and ends of frames to several. */
export function together(...tracers: readonly Tracer[]): Tracer {
  const steps = tracers.flatMap((tracer) => (tracer.onStep ? [tracer.onStep.bind(tracer)] : []));
  const ends = tracers.flatMap((tracer) => (tracer.onLeave ? [tracer.onLeave.bind(tracer)] : []));
  return {
    onStep(event) {
      for (const step of steps) step(event);
    },
    onLeave(event) {
      for (const end of ends) end(event);
    },
  };
}
