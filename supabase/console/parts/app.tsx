/**
 * Which page is shown: the sign-in to whoever is not signed in, and then what the address says.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { organization, organizations, reloadOrganizations } from "../data/organizations.ts";
import { useLoad } from "../data/load.ts";
import { SignInPage } from "../pages/sign_in.tsx";
import { address } from "../router.ts";
import { findRoute } from "../routes.ts";
import { isAuthAway, session, user } from "../session.ts";
import { SETTINGS } from "../settings.ts";
import { texts } from "../texts/texts.ts";
import { Link } from "./link.tsx";
import { Loaded } from "./loaded.tsx";
import { Page } from "./page.tsx";
import { Shell } from "./shell.tsx";

/** The console. */
export function App(): JSX.Element {
  return (
    <Shell>
      <Content />
    </Shell>
  );
}

function Content(): JSX.Element {
  const { common, shell } = texts.value;
  if (SETTINGS.apiUrl === "") {
    return <p class="notice bad" role="alert">{shell.notConfigured}</p>;
  }
  if (session.value === undefined) {
    return isAuthAway.value
      ? <p class="notice bad" role="alert">{shell.away}</p>
      : <p class="loading" role="status">{common.loading}</p>;
  }
  return session.value === null ? <SignInPage /> : <SignedIn key={user.value?.id} />;
}

/** What a signed-in reader sees. Drawn anew for another reader, so that nothing of the one before is left. */
function SignedIn(): JSX.Element {
  const load = useLoad("organizations", async () => {
    await reloadOrganizations();
    return true;
  });
  useEffect(() => () => {
    organizations.value = undefined;
  }, []);
  return <Loaded load={load}>{() => <RoutedPage />}</Loaded>;
}

function RoutedPage(): JSX.Element {
  const { path } = address.value;
  const found = findRoute(path);
  const isForeign = found?.parameters["organization"] !== undefined && organization.value === undefined;
  if (found === undefined || isForeign) {
    return <NotFound />;
  }
  const { page: RoutedComponent } = found.route;
  // A page begins anew with another address; its query changes within it.
  return <RoutedComponent key={path} parameters={found.parameters} />;
}

function NotFound(): JSX.Element {
  const { shell, errors } = texts.value;
  return (
    <Page title={shell.notFoundTitle}>
      <p>{errors.notFound}</p>
      <p>
        <Link to="/">{shell.toOrganizations}</Link>
      </p>
    </Page>
  );
}
