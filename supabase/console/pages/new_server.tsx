/**
 * A new MCP server: what cannot have a default. Everything else is changed on the server's page.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { perform } from "../data/client.ts";
import { mayManage, organization } from "../data/organizations.ts";
import { toServerArguments, toSlug } from "../data/server_settings.ts";
import { Form, TextField } from "../parts/form.tsx";
import { Page } from "../parts/page.tsx";
import { PlaceFields, SignInField, SlugField } from "../parts/server/fields.tsx";
import { say } from "../parts/toasts.tsx";
import { goTo } from "../router.ts";
import { texts } from "../texts/texts.ts";

/** The page. */
export function NewServerPage(): JSX.Element {
  const { servers: t, errors } = texts.value;
  return (
    <Page title={t.new} intro={t.newIntro}>
      {mayManage.value ? <NewServerForm /> : <p class="notice">{errors.notAllowed}</p>}
    </Page>
  );
}

function NewServerForm(): JSX.Element {
  const { servers: t } = texts.value;
  const { id: organizationId } = organization.value!;
  const [name, setName] = useState("");
  const [slug, setSlug] = useState<string>();
  return (
    <Form
      submit={t.save}
      onCancel={() => goTo(`/${organizationId}/servers`)}
      onSubmit={async (values) => {
        const args = { p_organization_id: organizationId, ...toServerArguments(values) };
        const { id } = await perform("save_mcp_server", args, ["created"]);
        say(t.saved(values["name"] ?? ""));
        goTo(`/${organizationId}/servers/${id}`, {}, { replace: true });
      }}
    >
      <TextField
        name="name"
        label={t.name}
        hint={t.nameHint}
        required
        maxLength={200}
        autoComplete="off"
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
      />
      <SlugField
        value={slug ?? toSlug(name)}
        onInput={({ currentTarget }) => setSlug(currentTarget.value)}
      />
      <SignInField />
      <PlaceFields />
    </Form>
  );
}
