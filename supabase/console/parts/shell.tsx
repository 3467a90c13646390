/**
 * What stands around every page: the organization, the navigation, the language and the way out.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { organization, organizations } from "../data/organizations.ts";
import { address } from "../router.ts";
import { ROUTES } from "../routes.ts";
import { session, signOut, user } from "../session.ts";
import { chooseLanguage, type Language, language, LANGUAGE_NAMES, texts } from "../texts/texts.ts";
import { Confirmations } from "./dialog.tsx";
import { Link } from "./link.tsx";
import { Toasts } from "./toasts.tsx";

/** The frame of the console. */
export function Shell({ children }: { children: JSX.Element }): JSX.Element {
  const { shell } = texts.value;
  const main = useRef<HTMLElement>(null);
  const isInside = organization.value !== undefined && Boolean(session.value);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>{shell.skip}</button>
      <header>
        <Link to="/" class="brand">{shell.name}</Link>
        {session.value ? <OrganizationSwitcher /> : null}
        <LanguageChoice />
        {session.value ? <button type="button" onClick={() => void signOut()}>{shell.signOut}</button> : null}
      </header>
      <div class={isInside ? "frame" : "frame alone"}>
        {isInside && <Navigation />}
        <main ref={main} tabIndex={-1}>{children}</main>
      </div>
      {user.value !== undefined && (
        <footer>
          <Link to="/account">{shell.signedInAs(user.value.email)}</Link>
        </footer>
      )}
      <Confirmations />
      <Toasts />
    </>
  );
}

function LanguageChoice(): JSX.Element {
  return (
    <label class="language">
      <span class="hidden">{texts.value.shell.language}</span>
      <select onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}>
        {LANGUAGE_NAMES.map(([code, name]) => (
          <option key={code} value={code} lang={code} selected={code === language.value}>{name}</option>
        ))}
      </select>
    </label>
  );
}

/** The organizations to go to. It closes when the reader has gone, and with Escape. */
function OrganizationSwitcher(): JSX.Element | null {
  const { shell } = texts.value;
  const details = useRef<HTMLDetailsElement>(null);
  const { path } = address.value;
  const close = (): void => details.current?.removeAttribute("open");
  useEffect(close, [path]);
  const list = organizations.value ?? [];
  if (list.length === 0) {
    return null;
  }
  return (
    <details
      class="switcher"
      ref={details}
      onKeyDown={(event) => {
        if (event.key === "Escape" && details.current?.open) {
          close();
          details.current.querySelector("summary")?.focus();
        }
      }}
    >
      <summary>
        <span class="hidden">{shell.organization}:</span>
        {organization.value?.name ?? shell.allOrganizations}
      </summary>
      <ul>
        {list.map(({ id, name }) => (
          <li key={id}>
            <Link to={`/${id}`} isCurrent={id === organization.value?.id}>{name}</Link>
          </li>
        ))}
        <li>
          <Link to="/">{shell.allOrganizations}</Link>
        </li>
      </ul>
    </details>
  );
}

/** The pages of the organization. On a narrow screen a button opens it. */
function Navigation(): JSX.Element {
  const { shell } = texts.value;
  const [isOpen, setOpen] = useState(false);
  const { path } = address.value;
  useEffect(() => setOpen(false), [path]);
  const id = organization.value?.id ?? "";
  const shown = ROUTES.filter(({ navigation }) => navigation !== undefined).map((
    { pattern, navigation },
  ) => ({
    to: pattern.replace(":organization", id),
    title: navigation!(texts.value),
  }));
  return (
    <nav class={isOpen ? "open" : undefined} aria-label={shell.navigation}>
      <button type="button" aria-expanded={isOpen} aria-controls="pages" onClick={() => setOpen(!isOpen)}>
        {shell.menu}
      </button>
      <ul id="pages" onClick={() => setOpen(false)}>
        {shown.map(({ to, title }) => (
          <li key={to}>
            <Link to={to} isCurrent={path === to || (to !== `/${id}` && path.startsWith(`${to}/`))}>
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
