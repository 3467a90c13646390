/**
 * The redirect URI that has to be registered at a provider, and where.
 *
 * @module
 */

import type { JSX } from "preact";
import type { Check } from "../../../../functions/_shared/upstream/doctor/findings.ts";
import { buildCallbackUrl } from "../../../../functions/_shared/urls.ts";
import { organization } from "../../data/organizations.ts";
import { SETTINGS } from "../../settings.ts";
import { texts } from "../../texts/texts.ts";
import { Copy } from "../copy.tsx";
import { noteFor } from "./check_results.tsx";

/** The redirect URI, with what a check says of it. `place` says where it is registered, in the provider's words. */
export function RedirectUri(
  { checks, place }: { checks: readonly Check[] | undefined; place?: string | undefined },
): JSX.Element {
  const { providers: t } = texts.value;
  return (
    <dl>
      <div>
        <dt>{t.redirectUri}</dt>
        <dd>
          <Copy text={buildCallbackUrl(SETTINGS.publicUrl, organization.value!.id)} label={t.redirectUri} />
          <p>
            <small>{t.redirectUriHint} {place !== undefined && <span lang="en">{place}.</span>}</small>
          </p>
          {noteFor(checks, "redirect_uri")}
        </dd>
      </div>
    </dl>
  );
}
