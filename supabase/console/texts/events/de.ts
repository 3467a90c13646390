/**
 * Every event of the audit in German.
 *
 * @module
 */

import type { EVENTS_EN } from "./en.ts";

/** What has happened. */
export const EVENTS_DE: { [Event in keyof typeof EVENTS_EN]: string } = {
  client_created: "Ein Client wurde angelegt",
  client_deleted: "Ein Client wurde gelöscht",
  client_registered: "Ein Client hat sich registriert",
  code_refused: "Ein Autorisierungscode wurde abgelehnt",
  config_checked: "Ein Provider wurde geprüft",
  config_deleted: "Ein Provider wurde gelöscht",
  config_saved: "Ein Provider wurde gespeichert",
  connections_revoked: "Verbindungen wurden widerrufen",
  invitation_accepted: "Eine Einladung wurde angenommen",
  invitation_declined: "Eine Einladung wurde abgelehnt",
  invitation_revoked: "Eine Einladung wurde zurückgenommen",
  issuer_moved: "Ein Provider ist zu einem anderen Issuer umgezogen",
  login_abandoned: "Eine Anmeldung wurde abgebrochen",
  login_completed: "Eine Anmeldung ist gelungen",
  login_delayed: "Eine Anmeldung muss wiederholt werden",
  login_failed: "Eine Anmeldung ist gescheitert",
  member_invited: "Jemand wurde eingeladen",
  member_removed: "Ein Mitglied wurde entfernt",
  member_saved: "Die Rolle eines Mitglieds wurde gespeichert",
  organization_created: "Die Organisation wurde gegründet",
  organization_deleted: "Die Organisation wurde gelöscht",
  organization_saved: "Die Organisation wurde gespeichert",
  resource_server_created: "Ein Resource-Server wurde angelegt",
  resource_server_deleted: "Ein Resource-Server wurde gelöscht",
  server_deleted: "Ein Server wurde gelöscht",
  server_saved: "Ein Server wurde gespeichert",
  tokens_revoked: "Tokens einer App wurden widerrufen",
  upstream_client_refused: "Der Provider hat den Client abgelehnt",
  upstream_refresh_refused: "Der Provider hat eine Erneuerung abgelehnt",
  upstream_token_ended: "Das Token des Providers ist zu Ende",
  user_blocked: "Eine Person wurde gesperrt",
  user_claimed: "Eine bekannte Tracking-Id hat ihre Person bekommen",
  user_created: "Eine neue Person wurde angelegt",
  user_deleted: "Eine Person wurde gelöscht",
  user_erased: "Eine Person wurde mit allen Spuren gelöscht",
  user_exported: "Die Daten einer Person wurden ausgegeben",
  user_linked: "Eine Identität wurde mit einer Person verbunden",
  user_merged: "Eine Person wurde mit einer anderen zusammengeführt",
  user_tokens_revoked: "Eine Person wurde überall abgemeldet",
  user_unblocked: "Eine Person wurde entsperrt",
  users_merged: "Zwei Personen wurden zusammengeführt",
  users_unmerged: "Eine Zusammenführung wurde zurückgenommen",
};
