/**
 * Every page: its address, its title, and whether the navigation leads to it.
 *
 * A page that is added is a line here, a file in `pages/` and its texts.
 *
 * @module
 */

import type { ComponentType } from "preact";
import { matchPath } from "./router.ts";
import type { Texts } from "./texts/en.ts";
import { AccountPage } from "./pages/account.tsx";
import { AuditPage } from "./pages/audit.tsx";
import { ClientsPage } from "./pages/clients.tsx";
import { ConnectionsPage } from "./pages/connections.tsx";
import { HomePage } from "./pages/home.tsx";
import { LoginPage } from "./pages/login.tsx";
import { LoginsPage } from "./pages/logins.tsx";
import { MembersPage } from "./pages/members.tsx";
import { NewProviderPage } from "./pages/new_provider.tsx";
import { NewServerPage } from "./pages/new_server.tsx";
import { OrganizationsPage } from "./pages/organizations.tsx";
import { ProviderPage } from "./pages/provider.tsx";
import { ProvidersPage } from "./pages/providers.tsx";
import { ServerPage } from "./pages/server.tsx";
import { ServersPage } from "./pages/servers.tsx";
import { PeoplePage } from "./pages/people.tsx";
import { PersonPage } from "./pages/person.tsx";
import { SettingsPage } from "./pages/settings.tsx";

/** What a page is given: what its address says in the places of the names. */
export interface PageParameters {
  /** The names of the pattern, such as `parameters["person"]`. */
  parameters: Record<string, string>;
}

/** A page. */
export interface Route {
  /** `/:organization/…`: the shell shows such a page to members of that organization alone. */
  pattern: string;
  page: ComponentType<PageParameters>;
  /** What the navigation calls it; a page without is reached from others. */
  navigation?: (texts: Texts) => string;
}

/** The pages, in the order of the navigation. */
export const ROUTES: readonly Route[] = [
  { pattern: "/", page: OrganizationsPage },
  { pattern: "/account", page: AccountPage },
  { pattern: "/:organization", page: HomePage, navigation: ({ home }) => home.title },
  {
    pattern: "/:organization/providers",
    page: ProvidersPage,
    navigation: ({ providers }) => providers.title,
  },
  { pattern: "/:organization/providers/new", page: NewProviderPage },
  { pattern: "/:organization/providers/:provider", page: ProviderPage },
  { pattern: "/:organization/servers", page: ServersPage, navigation: ({ servers }) => servers.title },
  { pattern: "/:organization/servers/new", page: NewServerPage },
  { pattern: "/:organization/servers/:server", page: ServerPage },
  { pattern: "/:organization/people", page: PeoplePage, navigation: ({ people }) => people.title },
  { pattern: "/:organization/people/:person", page: PersonPage },
  {
    pattern: "/:organization/connections",
    page: ConnectionsPage,
    navigation: ({ connections }) => connections.title,
  },
  { pattern: "/:organization/clients", page: ClientsPage, navigation: ({ clients }) => clients.title },
  { pattern: "/:organization/logins", page: LoginsPage, navigation: ({ logins }) => logins.title },
  { pattern: "/:organization/logins/:login", page: LoginPage },
  { pattern: "/:organization/audit", page: AuditPage, navigation: ({ audit }) => audit.title },
  { pattern: "/:organization/members", page: MembersPage, navigation: ({ members }) => members.title },
  { pattern: "/:organization/settings", page: SettingsPage, navigation: ({ settings }) => settings.title },
];

/** The page at a path, and what the path says. */
export function findRoute(path: string): { route: Route; parameters: Record<string, string> } | undefined {
  for (const route of ROUTES) {
    const parameters = matchPath(route.pattern, path);
    if (parameters !== undefined) {
      return { route, parameters };
    }
  }
  return undefined;
}
