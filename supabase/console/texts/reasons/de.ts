/**
 * Every reason in German.
 *
 * @module
 */

import type { REASONS_EN } from "./en.ts";

/** What each reason means, and what the owner does. */
export const REASONS_DE: { [Reason in keyof typeof REASONS_EN]: { meaning: string; remedy: string } } = {
  created: { meaning: "die Person ist neu", remedy: "nichts" },
  matched: { meaning: "die Person ist bekannt", remedy: "nichts" },
  linked_email: {
    meaning: "eine neue Identität wurde durch eine bestätigte Adresse mit einer Person verbunden",
    remedy: "nichts",
  },
  claimed_tracking: { meaning: "ein Besucher wurde eine bekannte Person", remedy: "nichts" },
  anonymous: {
    meaning: "`identity_source` der Konfiguration ist `none`: niemand sagt, wer es ist",
    remedy: "nichts",
  },
  verified_email: {
    meaning: "beim Ereignis `user_linked`: was die Identität mit der Person verbunden hat",
    remedy: "nichts",
  },
  provider_sent_nobody_back: {
    meaning: "zehn Minuten nach der Zustimmung war niemand vom Provider zurückgekommen",
    remedy: "fragt die Person, ob der Provider einen Fehler gezeigt hat: oft fehlt die Redirect-URI",
  },
  callback_did_not_finish: {
    meaning: "die Person kam zurück, und die Funktion wurde angehalten, bevor sie eine Antwort hatte",
    remedy: "sucht die Anfrage-Id im Log",
  },
  session_expired: {
    meaning: "die Person kam später als zehn Minuten nach der Zustimmung zurück",
    remedy: "nichts: die Person verbindet sich erneut",
  },
  session_replayed: {
    meaning: "der Rückweg wurde ein zweites Mal geladen",
    remedy: "nichts: die Person verbindet sich erneut",
  },
  session_other_browser: {
    meaning: "ein anderer Browser kam zurück als der, der zugestimmt hat",
    remedy: "nichts, außer es geschieht oft: dann schickt jemand anderen solche Links",
  },
  session_unknown: {
    meaning: "diese Anmeldung gibt es nicht: sie ist seit mehr als einer Stunde vorbei, oder es gab sie nie",
    remedy: "nichts: die Person verbindet sich erneut",
  },
  session_no_sign_in: {
    meaning: "der Server oder seine Konfiguration wurde inzwischen abgeschaltet",
    remedy: "schaltet ihn wieder ein",
  },
  session_config_changed: {
    meaning: "der Client oder der Ort des Providers wurde inzwischen geändert",
    remedy: "nichts: die Person verbindet sich erneut",
  },
  request_key_gone: {
    meaning: "der Schlüssel, der die Anmeldung versiegelt hat, wurde entfernt, während sie lief",
    remedy: "behält alte Schlüssel zehn Minuten lang",
  },
  request_not_genuine: {
    meaning: "eine versiegelte Anmeldung wurde in der Datenbank verändert",
    remedy: "fragt, wer in die Datenbank schreibt",
  },
  state_missing: {
    meaning: "der Provider hat keinen `state` geschickt",
    remedy: "prüft, ob der Provider `state` so zurückschickt, wie er ist",
  },
  other_browser: {
    meaning: "das Cookie der Zustimmung fehlt",
    remedy: "fragt, ob der Browser Cookies abweist",
  },
  callback_of_another: {
    meaning: "der Provider einer anderen Organisation hat geantwortet",
    remedy: "trägt beim Provider die Redirect-URI ein, die `oauth-configs` genannt hat, und keine andere",
  },
  upstream_denied: {
    meaning: "die Person oder eine Richtlinie des Providers hat den Zugriff verweigert",
    remedy: "erlaubt der Person beim Provider, die App zu verwenden",
  },
  upstream_login_required: {
    meaning: "der Provider verlangt, dass die Person sich zuerst anmeldet",
    remedy: "nimmt `prompt` `none` aus `authorization_parameters`",
  },
  upstream_consent_required: {
    meaning: "der Provider verlangt, dass die Person oder ein Administrator zustimmt",
    remedy: "lässt einen Administrator beim Provider zustimmen",
  },
  upstream_refused: {
    meaning: "der Provider hat abgelehnt; `step`, `status` und `error_code` sagen, wo",
    remedy: "berichtigt Client-Id, Secret, Redirect-URI oder Scopes",
  },
  upstream_response_invalid: {
    meaning: "in der Antwort des Providers fehlt etwas, oder es steht zweimal darin",
    remedy: "prüft die Endpunkte der Konfiguration",
  },
  upstream_untrusted: {
    meaning: "eine Antwort ist nicht vom Provider selbst, oder nicht für diese Anmeldung",
    remedy: "prüft `issuer`, `client_id` und `jwks_uri`; `member` sagt, was davon",
  },
  upstream_metadata_incomplete: {
    meaning: "dem Dokument des Providers und der Konfiguration fehlt ein Endpunkt",
    remedy: "nennt den Endpunkt in der Konfiguration",
  },
  upstream_answer_too_large: {
    meaning: "eine Antwort oder ein Token ist größer, als angenommen wird",
    remedy: "verlangt weniger Claims",
  },
  upstream_unavailable: {
    meaning: "der Provider hat nicht so geantwortet, wie er sollte",
    remedy: "nichts, außer es geht so weiter",
  },
  upstream_error: {
    meaning: "der Provider sagt, dass er eine Störung hat",
    remedy: "nichts, außer es geht so weiter",
  },
  upstream_unreachable: {
    meaning: "keine Verbindung zum Provider",
    remedy: "prüft den Host und den Port",
  },
  upstream_certificate_refused: {
    meaning: "der Host des Providers antwortet, und keiner TLS-Verbindung ist zu trauen",
    remedy: "richtet beim Provider ein Zertifikat mit der ganzen Kette ein",
  },
  upstream_unresolved: {
    meaning: "der Host des Providers hat keine Adresse",
    remedy: "prüft, wie der Host geschrieben ist",
  },
  upstream_address_refused: {
    meaning: "die Adresse des Hosts ist eine private",
    remedy: "verwendet eine öffentliche Adresse",
  },
  client_secret_unreadable: {
    meaning: "den Schlüssel, der das Client-Secret versiegelt hat, gibt es nicht mehr",
    remedy: "speichert `client_secret` erneut",
  },
  tenant_not_allowed: {
    meaning: "der Tenant der Person steht nicht in `allowed_tenants`",
    remedy: "fügt den Tenant hinzu",
  },
  subject_missing: {
    meaning: "der Provider sagt nicht, wer sich angemeldet hat",
    remedy: "berichtigt `subject_claim` oder `identity_source`",
  },
  subject_malformed: {
    meaning: "das Subject hat Zeichen, die nicht gespeichert werden können",
    remedy: "wählt einen anderen `subject_claim`",
  },
  subject_too_long: {
    meaning: "das Subject ist länger als 255 Zeichen",
    remedy: "wählt einen anderen `subject_claim`",
  },
  subject_required: {
    meaning: "der Provider hat niemanden genannt",
    remedy: "berichtigt `subject_claim` oder setzt `identity_source` auf `none`",
  },
  user_blocked: {
    meaning:
      "die Person ist gesperrt; auch der Grund, aus dem die Anmeldungen einer gesperrten Person abgelehnt werden",
    remedy: "lässt die Person mit `block_mcp_server_user` wieder herein",
  },
  people_quota_reached: {
    meaning: "die Organisation hat so viele Personen, wie sie haben darf; bekannte melden sich weiter an",
    remedy: "löscht Personen, die es nicht mehr gibt, oder bittet den Betreiber um mehr",
  },
  too_many_new_people: {
    meaning: "heute kamen mehr neue Personen, als kommen dürfen; bekannte melden sich weiter an",
    remedy: "prüft, wen der Provider hereinlässt; morgen ist wieder Platz",
  },
  unknown_config: {
    meaning: "die Konfiguration wurde inzwischen gelöscht",
    remedy: "gibt dem Server eine andere Konfiguration",
  },
  config_disabled: {
    meaning: "die Konfiguration wurde inzwischen abgeschaltet",
    remedy: "schaltet sie wieder ein",
  },
  organization_required: {
    meaning: "ein Dienst hat für eine Konfiguration der Plattform keine Organisation genannt",
    remedy: "sagt es denen, die den Dienst betreiben",
  },
  unknown_organization: {
    meaning: "ein Dienst hat eine Organisation genannt, die es nicht gibt",
    remedy: "sagt es denen, die den Dienst betreiben",
  },
  wrong_organization: {
    meaning: "ein Dienst hat eine Organisation genannt, der die Konfiguration nicht gehört",
    remedy: "sagt es denen, die den Dienst betreiben",
  },
  server_error: { meaning: "ein unerwarteter Fehler", remedy: "sucht die Anfrage-Id im Log" },
  temporarily_unavailable: {
    meaning: "Gateposts Datenbank hat nicht geantwortet",
    remedy: "nichts, außer es geht so weiter",
  },
  client_revoked: {
    meaning: "der Client selbst hat sie beendet: die Person hat die Verbindung getrennt",
    remedy: "nichts",
  },
  person_revoked: {
    meaning: "die Person beendete es, auf der Seite mit dem, was sie erlaubt hat",
    remedy: "nichts",
  },
  not_needed: {
    meaning:
      "eine Anmeldung auf dieser Seite, die keinen MCP-Server aufruft: das Token des Providers wurde nicht behalten",
    remedy: "nichts",
  },
  organization_revoked: {
    meaning: "ein Eigentümer oder Verwalter hat sie beendet; `platform_user_id` sagt, wer",
    remedy: "nichts",
  },
  client_deleted: {
    meaning: "ein Eigentümer oder Verwalter hat den Client gelöscht",
    remedy: "nichts: der Client registriert sich erneut oder wird erneut angelegt",
  },
  server_deleted: { meaning: "ein Eigentümer oder Verwalter hat den Server gelöscht", remedy: "nichts" },
  user_deleted: {
    meaning: "ein Eigentümer oder Verwalter hat die Person gelöscht",
    remedy: "nichts",
  },
  user_merged: {
    meaning: "die Person wurde mit einer anderen zusammengelegt",
    remedy: "nichts: die Person meldet sich erneut an",
  },
  users_unmerged: {
    meaning: "die Zusammenlegung zweier Personen wurde zurückgenommen",
    remedy: "nichts: beide melden sich erneut an",
  },
  user_claimed: {
    meaning: "ein Besucher wurde eine bekannte Person, also endeten die Tokens des Besuchers",
    remedy: "nichts",
  },
  refresh_token_expired: {
    meaning: "niemand hat sie für `refresh_token_seconds` verwendet",
    remedy: "erhöht `refresh_token_seconds`, falls sich Leute beschweren",
  },
  refresh_token_reused: {
    meaning: "ein altes Refresh-Token kam wieder: zwei Parteien hatten es",
    remedy: "nichts, wenn es einmal geschieht; oft: findet heraus, welcher Client seine Tokens teilt",
  },
  code_replayed: {
    meaning: "ein Code kam wieder: zwei Parteien hatten ihn",
    remedy: "wie bei `refresh_token_reused`",
  },
  too_many_connections: {
    meaning:
      "die Person hat sich seitdem hundertmal mit diesem Client angemeldet oder hundert Codes nicht eingelöst",
    remedy: "oft: findet heraus, welcher Client sich immer neu anmeldet und nie erneuert",
  },
  code_expired: {
    meaning: "der Client hat seinen Code nicht innerhalb einer Stunde eingelöst",
    remedy: "nichts",
  },
  upstream_ended: {
    meaning: "das Token des Providers endete vorher",
    remedy: "sucht das Ereignis `upstream_token_ended`",
  },
  upstream_grant_refused: {
    meaning: "der Provider sagt, dass sein Refresh-Token nicht mehr gilt",
    remedy: "sieht beim Provider nach, wie lange dessen Refresh-Tokens leben",
  },
  upstream_no_refresh_token: {
    meaning: "das Access-Token des Providers lief ab, und er hat kein Refresh-Token gegeben",
    remedy: "verlangt eines, mit `offline_access` oder dem eigenen Parameter des Providers",
  },
  upstream_credentials_changed: {
    meaning:
      "der Client oder der Ort des Providers wurde geändert: was einer ausgestellt hat, wird keinem anderen geschickt",
    remedy: "nichts: die Leute melden sich erneut an",
  },
  upstream_config_disabled: {
    meaning: "die Konfiguration ist abgeschaltet, also wird nichts erneuert",
    remedy: "schaltet sie wieder ein",
  },
  upstream_client_refused: {
    meaning: "der Provider weist die Client-Id oder das Secret ab; keine Anmeldung endet",
    remedy: "speichert das richtige `client_secret`",
  },
  upstream_token_key_gone: {
    meaning: "der Schlüssel, der das Token des Providers versiegelt hat, wurde zu früh entfernt",
    remedy: "behält alte Schlüssel, bis `deno task keys --in-use` keine mehr zählt",
  },
  upstream_token_not_genuine: {
    meaning: "ein versiegeltes Token wurde in der Datenbank verändert",
    remedy: "fragt, wer in die Datenbank schreibt",
  },
  mcp_server_refused_token: {
    meaning: "der MCP-Server hat das Token des Providers abgewiesen, und ein erneuertes ebenso",
    remedy: "lässt den MCP-Server Tokens dieses Providers annehmen, oder berichtigt Scopes oder Audience",
  },
  mcp_server_refused_token_again: {
    meaning:
      "der MCP-Server hat auch das Token der nächsten Anmeldung abgewiesen, also bleibt die Anmeldung; nur im Log",
    remedy: "wie bei `mcp_server_refused_token`: danach geht dieselbe Anmeldung",
  },
  database_unavailable: {
    meaning: "die REST-Schicht oder PostgreSQL hat nicht geantwortet",
    remedy: "nichts, außer es geht so weiter",
  },
  database_login_refused: {
    meaning: "PostgreSQL oder sein Pooler weist `gatepost_functions` ab",
    remedy: "prüft das Passwort in `GATEPOST_DATABASE_URL`, und ob die Rolle sich anmelden darf",
  },
  crowded: {
    meaning: "alle Plätze einer Quelle sind vergeben: siehe [Bounds](README.md#bounds)",
    remedy: "nichts, wenn es einmal geschieht; oft: setzt `GATEPOST_CLIENT_ADDRESS_HEADER`",
  },
  too_many_assertions: {
    meaning: "ein Client hat so viele Assertions verwendet, wie er in einer Stunde darf",
    remedy: "sagt es denen, die den Client betreiben",
  },
  refresh_busy: {
    meaning: "ein anderer Worker hat das Token des Providers zu lange erneuert",
    remedy: "nichts, außer es geht so weiter",
  },
  mcp_server_timeout: {
    meaning: "der MCP-Server hat nicht rechtzeitig geantwortet",
    remedy: "sieht nach dem MCP-Server",
  },
  mcp_server_unreachable: {
    meaning: "keine Verbindung zum MCP-Server",
    remedy: "sieht nach dem MCP-Server, seinem Host und dessen Zertifikat",
  },
  mcp_server_unresolved: {
    meaning: "der Host von `upstream_url` hat keine Adresse",
    remedy: "berichtigt `upstream_url`",
  },
  mcp_server_address_refused: {
    meaning: "der Host von `upstream_url` ist eine private Adresse",
    remedy: "verwendet eine öffentliche Adresse",
  },
  mcp_server_broke_off: {
    meaning: "die Antwort des MCP-Servers endete, bevor alles von ihr da war",
    remedy: "sieht in das Protokoll des MCP-Servers und nach Proxys davor, die eine Zeitgrenze haben",
  },
  mcp_server_redirected: {
    meaning: "der MCP-Server hat mit einer Weiterleitung geantwortet, der nicht gefolgt wird",
    remedy: "speichert die URL, zu der sie führt, als `upstream_url`",
  },
  mcp_server_refused_gateway: {
    meaning: "der MCP-Server verlangt ein Token und bekommt keines: `upstream_authorization` ist `none`",
    remedy: "berichtigt `upstream_authorization`",
  },
  mcp_server_is_gateway: {
    meaning: "`upstream_url` führt zum Gateway",
    remedy: "berichtigt `upstream_url`",
  },
  records_lost: {
    meaning: "so viele Aufrufe (`lost`) wurden nicht aufgezeichnet: mehr als ein Worker halten darf",
    remedy: "nichts, außer es geht weiter: die Datenbank ist zu langsam oder nicht erreichbar",
  },
  records_refused: {
    meaning: "die Datenbank hat einen Stapel von Aufzeichnungen abgelehnt",
    remedy: "stellt Funktionen und Schema derselben Version bereit",
  },
  records_left_out: {
    meaning:
      "so viele Aufzeichnungen (`left_out`) gehörten zu einem Server oder einer Person, die es nicht mehr gibt",
    remedy: "nichts",
  },
};
