/**
 * "May a token with these scopes call this?", answered by the code that answers it at the gateway.
 *
 * @module
 */

import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { decideScopes, type ScopePolicy } from "../../../../functions/mcp/scopes/rules.ts";
import { texts } from "../../texts/texts.ts";
import { TextField } from "../form.tsx";

/** Methods with which clients call (MCP 2025-11-25). */
const METHODS = [
  "tools/call",
  "tools/list",
  "resources/read",
  "resources/list",
  "resources/templates/list",
  "resources/subscribe",
  "prompts/get",
  "prompts/list",
  "completion/complete",
  "initialize",
  "ping",
];

/** The scopes to choose from and a call to try. */
export function TryScopes(
  { policy, scopes, isUnsaved }: { policy: ScopePolicy; scopes: readonly string[]; isUnsaved: boolean },
): JSX.Element {
  const { servers: t } = texts.value;
  const list = useId();
  const [granted, setGranted] = useState<readonly string[]>([]);
  const [method, setMethod] = useState("tools/call");
  const [name, setName] = useState("");
  const held = granted.filter((scope) => scopes.includes(scope));
  const { missing, wanted } = decideScopes(
    held,
    [{ method: method.trim(), names: name === "" ? [] : [name] }],
    policy,
  );
  return (
    <div class="try">
      <h3>{t.tryTitle}</h3>
      <p class="soft">{isUnsaved ? t.tryUnsaved : t.tryText}</p>
      <fieldset>
        <legend>{t.tryScopes}</legend>
        {scopes.map((scope) => (
          <label key={scope}>
            <input
              type="checkbox"
              checked={granted.includes(scope)}
              onChange={({ currentTarget }) =>
                setGranted(
                  currentTarget.checked ? [...granted, scope] : granted.filter((other) => other !== scope),
                )}
            />{" "}
            {scope}
          </label>
        ))}
      </fieldset>
      <TextField
        name="try_method"
        label={t.tryMethod}
        list={list}
        autoComplete="off"
        spellcheck={false}
        value={method}
        onInput={({ currentTarget }) => setMethod(currentTarget.value)}
      />
      <datalist id={list}>{METHODS.map((known) => <option key={known} value={known} />)}</datalist>
      <TextField
        name="try_name"
        label={t.tryName}
        hint={t.tryNameHint}
        autoComplete="off"
        spellcheck={false}
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
      />
      <p role="status" class={missing.length === 0 ? "notice good" : "notice bad"}>
        {missing.length === 0 ? t.tryAllowed : t.tryRefused(missing.join(" "), wanted.join(" "))}
      </p>
    </div>
  );
}
