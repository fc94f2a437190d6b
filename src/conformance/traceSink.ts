/** Where traces of test vectors go. */

import type { LineTracer } from '../trace/traceText.ts';

/** Takes the traces of one test after the other. */
export interface TraceSink {
  /** a tracer for the next transaction; undefined: nobody watches the steps */
  tracer(): LineTracer | undefined;
  /** takes what is said besides: the state root at the end of a test */
  write(text: string): void;
}
