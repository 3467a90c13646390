/**
 * The organization's logo: what people see on pages, and an owner's form to change it.
 *
 * The image is shown as people get it: from the functions, at the address of one of the servers.
 *
 * @module
 */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { buildLogoUrl } from "../../../functions/_shared/urls.ts";
import { database, perform, readRows } from "../data/client.ts";
import { useLoad } from "../data/load.ts";
import { organization, reloadOrganizations } from "../data/organizations.ts";
import { SETTINGS } from "../settings.ts";
import { texts } from "../texts/texts.ts";
import { ActionButton } from "./action.tsx";
import { FieldError, FileField, Form } from "./form.tsx";
import { Loaded } from "./loaded.tsx";
import { Section } from "./page.tsx";
import { say } from "./toasts.tsx";

/** As the database takes it. */
const MOST_BYTES = 65_536;
const MEDIA_TYPES = ["image/png", "image/jpeg", "image/webp"];

/** The logo, or that there is none. */
export function Logo(): JSX.Element {
  const { settings: t } = texts.value;
  const { id, logoVersion } = organization.value!;
  const load = useLoad(`server of the logo ${id}`, () =>
    readRows(
      database.from("mcp_server_settings").select("slug").eq("organization_id", id).is("disabled_at", null)
        .order("slug").limit(1),
    ));
  if (logoVersion === null) {
    return <p class="soft">{t.noLogo}</p>;
  }
  return (
    <Loaded load={load}>
      {([server]) =>
        server === undefined ? <p class="soft">{t.logoNeedsServer}</p> : (
          <img
            class="logo"
            src={buildLogoUrl({ slug: server.slug!, organization_logo: logoVersion }, SETTINGS.publicUrl)}
            alt={t.logoText}
          />
        )}
    </Loaded>
  );
}

/** The section in which an owner sees, changes and removes it. */
export function LogoSection(): JSX.Element {
  const { settings: t } = texts.value;
  const { id, logoVersion } = organization.value!;
  const chosen = useRef<File | undefined>(undefined);

  async function save(image: string): Promise<void> {
    await perform("save_organization", { p_id: id, p_logo: image }, ["saved"]);
    await reloadOrganizations();
  }

  return (
    <Section title={t.logo}>
      <Logo />
      <Form
        submit={t.uploadLogo}
        resets
        onSubmit={async () => {
          await save(await readImage(chosen.current));
          chosen.current = undefined;
          say(t.logoSaved);
        }}
        buttons={logoVersion !== null && (
          <ActionButton
            text={t.removeLogo}
            perform={async () => {
              await save("");
              say(t.logoRemoved);
            }}
          />
        )}
      >
        <FileField
          name="logo"
          label={t.logoFile}
          hint={t.logoHint}
          accept={MEDIA_TYPES.join(",")}
          required
          onChange={(file) => chosen.current = file}
        />
      </Form>
    </Section>
  );
}

/** The file in base64, or what is wrong with it. The database looks at its bytes. */
async function readImage(file: File | undefined): Promise<string> {
  const { settings: t } = texts.value;
  if (file === undefined || !MEDIA_TYPES.includes(file.type)) {
    throw new FieldError("logo", t.logoWrongKind);
  }
  if (file.size > MOST_BYTES) {
    throw new FieldError("logo", t.logoTooLarge);
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}
