/**
 * Redirect URIs: which ones a client may register, and whether a request names a registered one.
 *
 * Comparison is exact (RFC 9700 §4.1.3), except for the port of loopback URIs,
 * which native apps choose at run time (RFC 8252 §7.3). Only this module makes
 * a `VerifiedRedirectUri`, so that no code can redirect to another URI.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";
import { type Language, LANGUAGES, sayPlainly } from "../http/language.ts";
import { isLoopbackHost } from "../urls.ts";

declare const verified: unique symbol;

/** A redirect URI that its client registered. */
export type VerifiedRedirectUri = string & { [verified]: true };

const MAX_LENGTH = 2000;
/** Schemes on which a browser, an operating system or one of its programs acts itself, without an app. */
const REFUSED_SCHEMES = new Set(
  ("javascript data file vbscript blob about filesystem view-source jar res resource mhtml chrome edge opera wyciwyg " +
    "ftp ftps sftp tftp ws wss mailto tel sms callto sip sips facetime facetime-audio facetime-group rtsp mms " +
    "intent android-app market content package urn shell search search-ms smb cifs nfs afp dav davs webdav webdavs " +
    "ldap ldaps telnet tn3270 rlogin ssh vnc rdp hcp help mk its jnlp jnlps steam itms itms-apps itms-appss " +
    "itms-services macappstore macappstores applescript x-help-script x-man-page apt snap " +
    "microsoft-edge onenote magnet gopher news nntp git svn")
    .split(" "),
);
/** The same by how they begin: Windows' and Office's handlers (`ms-msdt`), Windows' own apps, Apple's settings. */
const REFUSED_SCHEME_STARTS = ["ms-", "microsoft.windows.", "x-apple"];

/** Checks that a client may register this redirect URI, or throws `invalid_redirect_uri`. */
export function checkRedirectUri(uri: string): void {
  const problem = findProblem(uri);
  if (problem) {
    throw new OAuthError("invalid_redirect_uri", `Cannot register redirect URI: ${problem}`);
  }
}

/** The asked-for redirect URI, if the client registered it. */
export function findRegisteredRedirectUri(
  asked: string,
  registered: readonly string[],
): VerifiedRedirectUri | undefined {
  if (findProblem(asked)) {
    return undefined;
  }
  const matches = registered.some((uri) => uri === asked || isSameLoopback(uri, asked));
  return matches ? (asked as VerifiedRedirectUri) : undefined;
}

/** The redirect URI of a session, which was verified before the session was stored. */
export function restoreVerifiedRedirectUri(session: { redirect_uri: string }): VerifiedRedirectUri {
  return session.redirect_uri as VerifiedRedirectUri;
}

/** Where a redirect URI leads, for a person to read: a host, or the scheme of an app. */
export function describeRedirectUri(uri: string, language: Language = "en"): string {
  const url = new URL(uri);
  const { thisComputer, app } = LANGUAGES[language].places;
  if (url.protocol === "https:") {
    return url.host;
  }
  return url.protocol === "http:"
    ? sayPlainly(thisComputer, { host: url.hostname })
    : sayPlainly(app, { scheme: url.protocol });
}

function findProblem(uri: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):/.exec(uri)?.[1];
  if (
    scheme === undefined ||
    uri.length > MAX_LENGTH ||
    !/^[\x21-\x7e]+$/.test(uri) ||
    /[\\"'<>`{}|^;$]/.test(uri)
  ) {
    return "it is not an absolute URI in plain characters with a lower-case scheme";
  }
  if (REFUSED_SCHEMES.has(scheme) || REFUSED_SCHEME_STARTS.some((start) => scheme.startsWith(start))) {
    return "its scheme does not lead to an app";
  }
  // A private-use scheme is a reversed domain name (RFC 8252 §7.1), or names its app as an authority, as most do.
  if (!scheme.includes(".") && !uri.startsWith(`${scheme}://`)) {
    return "its scheme has neither a dot nor two slashes behind it";
  }
  if (uri.includes("#")) {
    return "it has a fragment";
  }
  if (!URL.canParse(uri)) {
    return "it is not a URI";
  }
  const url = new URL(uri);
  if (scheme !== "http" && scheme !== "https") {
    return undefined;
  }
  if (url.username || url.password) {
    return "it has user info";
  }
  // The page shows the host as it is written: it must be the host to which the browser goes.
  if (
    !uri.startsWith(`${scheme}://${url.host}`) ||
    !/^([/?]|:\d+([/?]|$)|$)/.test(uri.slice(`${scheme}://${url.host}`.length))
  ) {
    return "its host is not written in its normal form";
  }
  if (scheme === "http" && !isLoopbackHost(url.hostname)) {
    return "http is for loopback hosts only";
  }
  return undefined;
}

function isSameLoopback(registered: string, asked: string): boolean {
  if (!URL.canParse(registered)) {
    return false;
  }
  const [ours, theirs] = [new URL(registered), new URL(asked)];
  return (
    ours.protocol === "http:" &&
    theirs.protocol === "http:" &&
    isLoopbackHost(ours.hostname) &&
    ours.hostname === theirs.hostname &&
    ours.pathname === theirs.pathname &&
    ours.search === theirs.search
  );
}
