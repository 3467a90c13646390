/**
 * The fields that every server needs: its part of the URL, how people sign in, and where it is.
 *
 * @module
 */

import type { JSX, TargetedInputEvent } from "preact";
import { useState } from "preact/hooks";
import { buildServerUrls } from "../../../../functions/_shared/urls.ts";
import { database, readRows } from "../../data/client.ts";
import { useLoad } from "../../data/load.ts";
import { organization } from "../../data/organizations.ts";
import { NO_SIGN_IN, PLATFORM_SIGN_IN, type Server, signInOf } from "../../data/server_settings.ts";
import { SETTINGS } from "../../settings.ts";
import { texts } from "../../texts/texts.ts";
import { SelectField, TextField } from "../form.tsx";
import { Link } from "../link.tsx";
import { Loaded } from "../loaded.tsx";

/** The slug, with the URL that it makes. */
export function SlugField(
  props: { value: string; onInput: (event: TargetedInputEvent<HTMLInputElement>) => void },
): JSX.Element {
  const { servers: t } = texts.value;
  return (
    <TextField
      name="slug"
      label={t.slug}
      hint={t.slugHint}
      note={props.value === "" ? undefined : (
        <small>
          <code>{buildServerUrls(SETTINGS.publicUrl, props.value).mcp}</code>
        </small>
      )}
      required
      maxLength={63}
      pattern="[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"
      autoComplete="off"
      spellcheck={false}
      {...props}
    />
  );
}

/** The providers to choose from, and no sign-in. */
export function SignInField(
  { server, onChange }: { server?: Server; onChange?: (signIn: string) => void },
): JSX.Element {
  const { servers: t } = texts.value;
  const { id } = organization.value!;
  const load = useLoad(`choice of providers ${id}`, () =>
    readRows(
      database.from("mcp_providers").select("oauth_config_id,name").eq("organization_id", id).order("name"),
    ));
  const isPlatform = server !== undefined && signInOf(server) === PLATFORM_SIGN_IN;
  return (
    <Loaded load={load}>
      {(providers) => (
        <SelectField
          name="custom_oauth_config_id"
          label={t.signIn}
          hint={providers.length > 0 ? t.signInHint : (
            <>
              {t.noProviderYet} <Link to={`/${id}/providers/new`}>{texts.value.providers.new}</Link>
            </>
          )}
          options={[
            ...providers.map(({ oauth_config_id, name }) => [oauth_config_id!, name!] as const),
            ...(isPlatform ? [[PLATFORM_SIGN_IN, t.platformSignIn] as const] : []),
            [NO_SIGN_IN, t.noSignIn],
          ]}
          selected={server === undefined ? providers[0]?.oauth_config_id ?? NO_SIGN_IN : signInOf(server)}
          {...(onChange === undefined ? {} : { onChange })}
        />
      )}
    </Loaded>
  );
}

/** Where it is: behind the gateway, or at a URL of its own. */
export function PlaceFields({ server }: { server?: Server }): JSX.Element {
  const { servers: t } = texts.value;
  const [place, setPlace] = useState(server?.resource ? "own" : "gateway");
  return (
    <>
      <SelectField
        name="place"
        label={t.place}
        hint={t.placeHint}
        options={[["gateway", t.behindGateway], ["own", t.standsAlone]]}
        selected={place}
        onChange={setPlace}
      />
      {place === "gateway"
        ? (
          <>
            <TextField
              name="upstream_url"
              label={t.upstreamUrl}
              hint={t.upstreamUrlHint}
              inputMode="url"
              required
              autoComplete="off"
              spellcheck={false}
              placeholder="https://tools.example.com/mcp"
              defaultValue={server?.upstream_url ?? ""}
            />
            <SelectField
              name="upstream_authorization"
              label={t.upstreamAuthorization}
              options={Object.entries(t.upstreamAuthorizations)}
              selected={server?.upstream_authorization ?? "upstream_token"}
            />
          </>
        )
        : (
          <TextField
            name="resource"
            label={t.resource}
            hint={t.resourceHint}
            inputMode="url"
            required
            autoComplete="off"
            spellcheck={false}
            defaultValue={server?.resource ?? ""}
          />
        )}
    </>
  );
}
