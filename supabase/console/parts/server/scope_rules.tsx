/**
 * The scope rules of a server and which scope includes which: read, changed, and tried before they are saved.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ScopePolicy } from "../../../../functions/mcp/scopes/rules.ts";
import { perform } from "../../data/client.ts";
import { mayManage } from "../../data/organizations.ts";
import { parseList } from "../../data/provider_draft.ts";
import { type Server, toScopePolicy } from "../../data/server_settings.ts";
import { texts } from "../../texts/texts.ts";
import { Form, TextField } from "../form.tsx";
import { Section } from "../page.tsx";
import { say } from "../toasts.tsx";
import { TryScopes } from "./try_scopes.tsx";

/** A rule while it is written. */
interface RuleDraft {
  key: number;
  method: string;
  name: string;
  scopes: string;
}

/** A scope and what it includes, while it is written. */
interface InclusionDraft {
  key: number;
  scope: string;
  included: string;
}

let lastKey = 0;

/** The section. */
export function ScopeRules({ server, reload }: { server: Server; reload: () => Promise<void> }): JSX.Element {
  const { servers: t } = texts.value;
  const isPossible = server.auth_type !== "none" && server.upstream_url !== null;
  return (
    <Section title={t.rules}>
      <p>{t.rulesText}</p>
      {isPossible ? <Rules server={server} reload={reload} /> : <p class="soft">{t.rulesImpossible}</p>}
    </Section>
  );
}

function Rules({ server, reload }: { server: Server; reload: () => Promise<void> }): JSX.Element {
  const saved = toScopePolicy(server);
  const [rules, setRules] = useState<RuleDraft[]>(() => toRules(saved));
  const [inclusions, setInclusions] = useState<InclusionDraft[]>(() => toInclusions(saved));
  const draft: ScopePolicy = {
    required_scopes: saved.required_scopes,
    scope_rules: rules.map(toRule),
    scope_hierarchy: toHierarchy(inclusions),
  };
  const isUnsaved = JSON.stringify(draft) !== JSON.stringify(saved);
  return (
    <div class="panes">
      {mayManage.value
        ? (
          <RulesForm
            {...{ server, reload, draft, rules, setRules, inclusions, setInclusions }}
          />
        )
        : <ReadOnlyRules policy={saved} />}
      <TryScopes policy={draft} scopes={server.scopes_supported ?? []} isUnsaved={isUnsaved} />
    </div>
  );
}

function RulesForm(
  { server, reload, draft, rules, setRules, inclusions, setInclusions }: {
    server: Server;
    reload: () => Promise<void>;
    draft: ScopePolicy;
    rules: RuleDraft[];
    setRules: (rules: RuleDraft[]) => void;
    inclusions: InclusionDraft[];
    setInclusions: (inclusions: InclusionDraft[]) => void;
  },
): JSX.Element {
  const { servers: t, common } = texts.value;
  return (
    <Form
      submit={t.saveRules}
      onSubmit={async () => {
        await perform("save_mcp_server", {
          p_id: server.mcp_server_id!,
          p_scope_rules: draft.scope_rules,
          p_scope_hierarchy: draft.scope_hierarchy,
        }, ["saved"]);
        say(t.rulesSaved);
        await reload();
      }}
    >
      {rules.length === 0 && <p class="soft">{t.noRules}</p>}
      {rules.map((rule, index) => (
        <Rule
          key={rule.key}
          rule={rule}
          number={index + 1}
          onChange={(changes) =>
            setRules(rules.map((other) => other === rule ? { ...rule, ...changes } : other))}
          onRemove={() => setRules(rules.filter((other) => other !== rule))}
        />
      ))}
      <p>
        <button type="button" onClick={() => setRules([...rules, newRule()])}>{t.addRule}</button>
      </p>
      <h3>{t.hierarchy}</h3>
      <p class="soft">{t.hierarchyText}</p>
      {inclusions.map((inclusion, index) => (
        <fieldset key={inclusion.key} class="rule">
          <legend>{t.inclusionNumber(index + 1)}</legend>
          <TextField
            name={`scope_${inclusion.key}`}
            label={t.inclusionScope}
            required
            autoComplete="off"
            spellcheck={false}
            value={inclusion.scope}
            onInput={({ currentTarget: { value: scope } }) =>
              setInclusions(inclusions.map((other) => other === inclusion ? { ...other, scope } : other))}
          />
          <TextField
            name={`included_${inclusion.key}`}
            label={t.inclusionIncluded}
            required
            autoComplete="off"
            spellcheck={false}
            value={inclusion.included}
            onInput={({ currentTarget: { value: included } }) =>
              setInclusions(inclusions.map((other) => other === inclusion ? { ...other, included } : other))}
          />
          <button
            type="button"
            class="small"
            aria-label={`${common.remove}: ${t.inclusionNumber(index + 1)}`}
            onClick={() => setInclusions(inclusions.filter((other) => other !== inclusion))}
          >
            {common.remove}
          </button>
        </fieldset>
      ))}
      <p>
        <button
          type="button"
          onClick={() => setInclusions([...inclusions, { key: ++lastKey, scope: "", included: "" }])}
        >
          {t.addInclusion}
        </button>
      </p>
    </Form>
  );
}

function Rule(
  { rule, number, onChange, onRemove }: {
    rule: RuleDraft;
    number: number;
    onChange: (changes: Partial<RuleDraft>) => void;
    onRemove: () => void;
  },
): JSX.Element {
  const { servers: t, common } = texts.value;
  return (
    <fieldset class="rule">
      <legend>{t.ruleNumber(number)}</legend>
      <TextField
        name={`method_${rule.key}`}
        label={t.ruleMethod}
        required
        autoComplete="off"
        spellcheck={false}
        placeholder="tools/call"
        value={rule.method}
        onInput={({ currentTarget }) => onChange({ method: currentTarget.value })}
      />
      <TextField
        name={`name_${rule.key}`}
        label={t.ruleName}
        hint={t.ruleNameHint}
        autoComplete="off"
        spellcheck={false}
        value={rule.name}
        onInput={({ currentTarget }) => onChange({ name: currentTarget.value })}
      />
      <TextField
        name={`scopes_${rule.key}`}
        label={t.ruleScopes}
        required
        autoComplete="off"
        spellcheck={false}
        value={rule.scopes}
        onInput={({ currentTarget }) => onChange({ scopes: currentTarget.value })}
      />
      <button
        type="button"
        class="small"
        aria-label={`${common.remove}: ${t.ruleNumber(number)}`}
        onClick={onRemove}
      >
        {common.remove}
      </button>
    </fieldset>
  );
}

function ReadOnlyRules({ policy: { scope_rules, scope_hierarchy } }: { policy: ScopePolicy }): JSX.Element {
  const { servers: t } = texts.value;
  return (
    <div>
      {scope_rules.length === 0 && <p class="soft">{t.noRules}</p>}
      <ul class="remarks">
        {scope_rules.map((rule) => (
          <li key={JSON.stringify(rule)}>
            {t.ruleSentence([rule.method, rule.name].filter(Boolean).join(" "), rule.scopes.join(" "))}
          </li>
        ))}
        {Object.entries(scope_hierarchy).map(([scope, included]) => (
          <li key={scope}>{t.inclusionSentence(scope, included.join(" "))}</li>
        ))}
      </ul>
    </div>
  );
}

function newRule(): RuleDraft {
  return { key: ++lastKey, method: "tools/call", name: "", scopes: "" };
}

function toRules({ scope_rules }: ScopePolicy): RuleDraft[] {
  return scope_rules.map(({ method, name = "", scopes }) => ({
    key: ++lastKey,
    method,
    name,
    scopes: scopes.join(" "),
  }));
}

function toRule({ method, name, scopes }: RuleDraft): ScopePolicy["scope_rules"][number] {
  return {
    method: method.trim(),
    ...(name.trim() === "" ? {} : { name: name.trim() }),
    scopes: parseList(scopes),
  };
}

function toInclusions({ scope_hierarchy }: ScopePolicy): InclusionDraft[] {
  return Object.entries(scope_hierarchy).map(([scope, included]) => ({
    key: ++lastKey,
    scope,
    included: included.join(" "),
  }));
}

function toHierarchy(inclusions: readonly InclusionDraft[]): ScopePolicy["scope_hierarchy"] {
  return Object.fromEntries(
    inclusions.filter(({ scope }) => scope.trim() !== "").map((
      { scope, included },
    ) => [scope.trim(), parseList(included)]),
  );
}
