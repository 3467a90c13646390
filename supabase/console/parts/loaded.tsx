/**
 * What a page shows while it reads, when that failed, and when there is nothing.
 *
 * @module
 */

import type { ComponentChildren, JSX } from "preact";
import type { Load } from "../data/load.ts";
import { texts } from "../texts/texts.ts";
import { explainError } from "./explain.ts";

/** What `Loaded` shows. */
export interface LoadedProps<Value> {
  load: Load<Value>;
  /** Whether there is nothing to show. */
  isEmpty?: (value: Value) => boolean;
  /** What is said then; null says nothing. */
  empty?: ComponentChildren;
  children: (value: Value) => ComponentChildren;
}

/** The value of a reading, or why there is none. What was read stays in sight while it is read again. */
export function Loaded<Value>({ load, isEmpty, empty, children }: LoadedProps<Value>): JSX.Element {
  const { value, error, isLoading, reload } = load;
  const { common } = texts.value;
  return (
    <div aria-busy={isLoading}>
      {error !== undefined && (
        <div class="notice bad" role="alert">
          <p>{explainError(error)}</p>
          <button type="button" onClick={() => void reload()}>{common.tryAgain}</button>
        </div>
      )}
      {value === undefined && error === undefined && <p class="loading" role="status">{common.loading}</p>}
      {value !== undefined && isEmpty?.(value) !== true && children(value)}
      {value !== undefined && isEmpty?.(value) === true && empty !== null && (
        <div class="empty">{empty ?? common.nothingHere}</div>
      )}
    </div>
  );
}
