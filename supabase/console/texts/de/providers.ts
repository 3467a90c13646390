/**
 * The pages of providers, in German.
 *
 * @module
 */

import type { Texts } from "../en.ts";

const count = (value: number, one: string, many: string): string => `${value} ${value === 1 ? one : many}`;

/** The texts. */
export const PROVIDERS_DE: Texts["providers"] = {
  title: "Provider",
  provider: "Provider",
  intro: "Wo sich die Leute anmelden: Ihr Identitätsprovider oder ein Dienst wie GitHub oder Slack.",
  new: "Neuer Provider",
  newIntro:
    "Gatepost fragt den Provider, während Sie tippen, und sagt neben jedem Feld, was es gefunden hat.",
  none: "Noch gibt es keinen Provider.",
  name: "Name",
  nameHint: "Das lesen die Leute auf der Zustimmungsseite.",
  issuer: "Issuer",
  issuerHint:
    "Die URL, mit der sich der Provider selbst nennt. Leer, wenn der Provider kein Dokument veröffentlicht: dann unten die Endpunkte nennen.",
  clientId: "Client-Id",
  clientSecret: "Client-Secret",
  clientSecretHint:
    "Es wird vor dem Speichern versiegelt und nie wieder gezeigt. Es wird ausprobiert, sobald Sie dieses Feld verlassen.",
  clientSecretKept:
    "Leer lassen, um das jetzige zu behalten. Wo sich Issuer oder Endpunkte ändern, muss es angegeben werden.",
  scopes: "Scopes",
  scopesHint: "Worum eine Anmeldung den Provider bittet, durch Leerzeichen getrennt.",
  preset: "Vorlage",
  presetHint: "Füllt die Felder mit dem, was der Provider dokumentiert.",
  noPreset: "Keine: irgendein Provider anhand seines Issuers",
  redirectUri: "Redirect-URI",
  redirectUriHint: "Genau diese beim Provider eintragen.",
  usedBy: "Benutzt von",
  usedByNone: "Kein Server benutzt ihn.",
  logins: (logins: number): string =>
    `Er hält ${count(logins, "lebendige Anmeldung", "lebendige Anmeldungen")}.`,
  state: "Zustand",
  inUse: "bereit",
  disabled: "abgeschaltet",
  refuses: "lehnt den Client ab",
  refusesSince: (time: string): string => `Der Provider lehnt Client-Id oder Secret seit ${time} ab:`,
  disabledSince: (time: string): string => `Abgeschaltet seit ${time}: Anmeldungen werden abgelehnt.`,
  settings: "Einstellungen",
  save: "Provider speichern",
  saveAnyway: "Trotz der Probleme speichern",
  saved: (name: string): string => `${name} ist gespeichert`,
  unchanged: "Nichts ist anders",
  further: "Weitere Einstellungen",
  authMethod: "Wie sich der Client ausweist",
  authMethods: {
    client_secret_basic: "Secret in einem Header (client_secret_basic)",
    client_secret_post: "Secret im Rumpf (client_secret_post)",
    none: "Kein Secret (none)",
  },
  identitySource: "Wer sagt, wer sich angemeldet hat",
  identitySources: {
    openid: "Das id_token (OpenID Connect)",
    userinfo: "Der Userinfo-Endpunkt",
    none: "Niemand",
  },
  subjectClaim: "Claim der Person",
  subjectClaimHint: "Wo Userinfo die Id der Person hält: ein Name wie id oder ein Pfad wie data.id.",
  tenants: "Erlaubte Mandanten",
  tenantsHint: "Für einen Issuer vieler Mandanten. Ist es leer, dürfen sich Leute jedes Mandanten anmelden.",
  parameters: "Parameter der Anfrage",
  parametersHint: "Je Zeile einer, etwa access_type=offline.",
  accountPrompt: "Wie jemand ein anderes Konto nimmt",
  accountPromptHint:
    "Worum der Provider gebeten wird (prompt), wenn jemand auf der Zustimmungsseite „Ein anderes Konto nehmen“ wählt.",
  accountPrompts: {
    "": "Es wird nicht angeboten",
    select_account: "Eine Auswahl der Konten (select_account)",
    login: "Eine neue Anmeldung (login)",
  },
  linkVerified: "Eine bestätigte Adresse verbindet Identitäten",
  linkVerifiedHint: "Eine neue Identität gehört der einen Person mit derselben bestätigten Adresse.",
  refreshSendsScope: "Eine Erneuerung sendet die Scopes",
  refreshSendsScopeHint: "Manche Provider verlangen es, etwa Entra.",
  endpointsHint: "Endpunkte, die hier nicht stehen, werden beim Issuer gefunden.",
  authorizationEndpoint: "Authorization-Endpunkt",
  tokenEndpoint: "Token-Endpunkt",
  userinfoEndpoint: "Userinfo-Endpunkt",
  jwksUri: "Schlüssel (jwks_uri)",
  revocationEndpoint: "Revocation-Endpunkt",
  emailsEndpoint: "Endpunkt mit den Adressen",
  checks: "Prüfung",
  check: "Was geprüft wird",
  result: "Ergebnis",
  seen: "Was gefunden wurde",
  checkText:
    "Gatepost fragt den Provider, wie es eine Anmeldung täte, mit dem gespeicherten Secret. Niemand wird angemeldet. Dreißig Prüfungen in zehn Minuten sind möglich.",
  checkNow: "Jetzt prüfen",
  checking: "Der Provider wird gefragt.",
  checked: (failed: number, warnings: number): string =>
    failed + warnings === 0
      ? "Geprüft: alles in Ordnung."
      : `Geprüft: ${count(failed, "Problem", "Probleme")}, ${count(warnings, "Hinweis", "Hinweise")}.`,
  allChecks: (checks: number): string => `Alle ${checks} Ergebnisse`,
  states: {
    ok: "gut",
    warning: "Hinweis",
    failed: "Problem",
    skipped: "nicht geprüft",
  },
  checkNames: {
    reachable: "Der Provider antwortet",
    issuer: "Issuer",
    endpoints: "Endpunkte",
    openid_scope: "Scope openid",
    userinfo: "Userinfo",
    pkce: "PKCE",
    keys: "Schlüssel",
    auth_method: "Wie sich der Client ausweist",
    scopes: "Scopes",
    refresh_tokens: "Refresh-Tokens",
    revocation: "Widerruf",
    response_issuer: "Der Provider nennt sich selbst",
    tenants: "Mandanten",
    clock: "Uhr",
    redirect_uri: "Redirect-URI",
    client: "Client-Id und Secret",
  },
  rotate: "Secret ersetzen",
  rotateText:
    "Machen Sie beim Provider ein neues Secret und geben Sie es hier ein. Jede Anmeldung bleibt, wie sie ist.",
  newSecret: "Neues Client-Secret",
  newSecretHint: "Es wird zuerst beim Provider ausprobiert.",
  rotateSubmit: "Ausprobieren und speichern",
  notTried: "Der Provider konnte nicht gefragt werden: niemand weiß, ob das Secret stimmt.",
  rotated: "Das neue Secret ist gespeichert",
  rotatedAndTried: "Der Provider nimmt das neue Secret an, und es ist gespeichert",
  move: "Zu einem anderen Issuer umziehen",
  moveText:
    "Für einen Provider mit neuer Adresse und denselben Leuten. Ein anderer Issuer in den Einstellungen würde aus jedem eine neue Person machen.",
  moveOpen: "Umziehen",
  moveFrom: "Jetziger Issuer:",
  newIssuer: "Neuer Issuer",
  newIssuerHint: "Noch ändert sich nichts: zuerst wird gezählt, wer umziehen würde.",
  moveCount: "Zählen",
  moveWould: (people: number): string =>
    `${
      count(people, "Person würde", "Personen würden")
    } umziehen und sich neu anmelden, sobald die jetzige Anmeldung endet.`,
  moveSecretHint: "Ein Secret, das an einen anderen Ort geht, muss neu angegeben werden.",
  moveSubmit: "Provider umziehen",
  moved: (people: number): string => `Der Provider ist mit ${count(people, "Person", "Personen")} umgezogen`,
  ending: "Abschalten und löschen",
  disable: "Abschalten",
  disableTitle: (name: string): string => `${name} abschalten?`,
  disableText:
    "Bis er wieder angeschaltet ist, kann sich niemand mit ihm anmelden, und Anmeldungen werden nicht erneuert. Gelöscht wird nichts.",
  isDisabled: (name: string): string => `${name} ist abgeschaltet`,
  enable: "Anschalten",
  isEnabled: (name: string): string => `${name} ist angeschaltet`,
  delete: "Löschen",
  deleteTitle: (name: string): string => `${name} löschen?`,
  deleteText:
    "Jede Anmeldung mit ihm endet. Die Personen bleiben und werden bei einem anderen Provider desselben Issuers wiedererkannt.",
  deleted: (name: string): string => `${name} ist gelöscht`,
  cannotDelete: "Ein Provider, den ein Server benutzt, lässt sich nicht löschen.",
};
