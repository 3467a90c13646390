/**
 * Filters of a list: they stand in the URL, so that a list can be sent to a colleague.
 *
 * @module
 */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { quote } from "../data/paging.ts";
import { address, changeQuery } from "../router.ts";
import { texts } from "../texts/texts.ts";

/** A filter of the present address; undefined where there is none. */
export function readFilter(name: string): string | undefined {
  return address.value.query.get(name)?.trim() || undefined;
}

/** What a list is filtered by, and the rest of its address; part of its key. */
export function describeFilters(names: readonly string[]): string {
  return JSON.stringify(names.map(readFilter));
}

/** Whether any of the filters is set. */
export function isFiltered(names: readonly string[]): boolean {
  return names.some((name) => readFilter(name) !== undefined);
}

/** The first page of the list, under other filters. */
export function changeFilters(filters: Record<string, string | undefined>): void {
  changeQuery({ ...filters, after: undefined, before: undefined }, { replace: false });
}

/**
 * A form of filters. Its fields have the names of the filters; what they hold is
 * taken over by its button and by Enter.
 */
export function Filters(
  { names, children }: { names: readonly string[]; children: ComponentChildren },
): JSX.Element {
  const { common } = texts.value;
  const form = useRef<HTMLFormElement>(null);
  const described = describeFilters(names);
  useEffect(() => {
    for (const name of names) {
      const field = form.current?.elements.namedItem(name);
      if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
        field.value = readFilter(name) ?? "";
      }
    }
  }, [described]);
  return (
    <form
      ref={form}
      class="filters"
      role="search"
      aria-label={common.filter}
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        changeFilters(
          Object.fromEntries(names.map((name) => [name, String(given.get(name) ?? "").trim() || undefined])),
        );
      }}
    >
      {children}
      <div class="buttons">
        <button type="submit">{common.applyFilter}</button>
        {isFiltered(names) && (
          <button
            type="button"
            onClick={() => changeFilters(Object.fromEntries(names.map((name) => [name, undefined])))}
          >
            {common.clearFilter}
          </button>
        )}
      </div>
    </form>
  );
}

/**
 * A pattern for `ilike`: the text is anywhere. Characters that PostgREST or LIKE
 * read as their own stand for any one character, so that no text is refused.
 */
export function toPattern(text: string): string {
  return `*${text.replaceAll(/[\\%*,()"]/g, "_")}*`;
}

/** A filter for `or`: some columns have the text anywhere, or others are the text. */
export function toSearch(
  text: string,
  { within, exactly = [] }: { within: readonly string[]; exactly?: readonly string[] },
): string {
  return [
    ...within.map((column) => `${column}.ilike.${toPattern(text)}`),
    // No id has such a character.
    ...(/["\\]/.test(text) ? [] : exactly.map((column) => `${column}.eq.${quote(text)}`)),
  ].join(",");
}
