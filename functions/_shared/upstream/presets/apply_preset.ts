/**
 * A preset as columns of a config, with the owner's values in their places.
 *
 * @module
 */

import type { Preset } from "./preset.ts";
import { PRESETS } from "./presets.ts";

/** What a preset makes of a config. */
export type PresetColumns = Preset["columns"] & { name: string };

/** Why a preset cannot be used: the member of the request, and what that has to be. */
export interface PresetRefusal {
  member: "preset" | "preset_values";
  expected: string;
}

/** A host, an identifier or a URL: nothing that ends the place where it stands. */
const VALUE = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$/;
/** In an issuer or endpoint a value is one segment or a host with a path, and never leads up. */
const DOTS = /(^|\/)\.\.?(\/|$)|\/\/|:\//;

/** Fills a preset. A value that is not given has its fallback, and one too many is refused. */
export function applyPreset(
  id: string,
  values: Readonly<Record<string, string>> = {},
): { columns: PresetColumns } | { refusal: PresetRefusal } {
  const preset = Object.hasOwn(PRESETS, id) ? PRESETS[id] : undefined;
  if (preset === undefined) {
    return { refusal: { member: "preset", expected: `one of ${Object.keys(PRESETS).join(", ")}` } };
  }
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(preset.values, name));
  const filled: Record<string, string> = {};
  for (const [name, { fallback }] of Object.entries(preset.values)) {
    const value = values[name]?.trim() || fallback;
    if (value === undefined || !VALUE.test(value)) {
      return refuse(preset);
    }
    filled[name] = value;
  }
  if (unknown !== undefined || listPlaces(preset).some((place) => leadsAway(place, filled))) {
    return refuse(preset);
  }
  const fill = (text: string): string =>
    text.replace(/\{([a-z_]+)\}/g, (whole, name: string) => filled[name] ?? whole);
  const { authorization_parameters: parameters, ...columns } = preset.columns;
  return {
    columns: {
      name: preset.name,
      ...Object.fromEntries(
        Object.entries(columns).map((
          [name, value],
        ) => [name, typeof value === "string" ? fill(value) : value]),
      ) as Preset["columns"],
      ...(parameters && {
        authorization_parameters: Object.fromEntries(
          Object.entries(parameters).map(([name, value]) => [name, fill(value)]),
        ),
      }),
    },
  };
}

/** The URLs of a preset. */
function listPlaces({ columns }: Preset): string[] {
  return Object.values(columns).filter((value): value is string =>
    typeof value === "string" && value.startsWith("https://")
  );
}

/** Whether a value in a URL is more than a host or segments of a path. */
function leadsAway(place: string, filled: Record<string, string>): boolean {
  return Object.entries(filled).some(([name, value]) => place.includes(`{${name}}`) && DOTS.test(value));
}

function refuse({ values }: Preset): { refusal: PresetRefusal } {
  const wanted = Object.entries(values).map(([name, { description, example }]) =>
    `${name} (${description}, such as ${example})`
  );
  return {
    refusal: {
      member: "preset_values",
      expected: wanted.length === 0 ? "left out" : `an object of texts with ${wanted.join(", ")}`,
    },
  };
}
