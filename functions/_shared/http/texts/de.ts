/**
 * The texts of the pages for people, in German.
 *
 * @module
 */

import type { Texts } from "./en.ts";

export const DE: Texts = {
  scopes: {
    openid: "Wissen, wer Sie sind",
    email: "Ihre E-Mail-Adresse sehen",
    profile: "Ihren Namen und Ihr Profil sehen",
    offline_access: "Verbunden bleiben, bis Sie die Verbindung trennen",
    connections: "Sehen, welche Apps Sie verbunden haben, und sie trennen",
    none: "Sich verbinden, sonst nichts",
  },
  places: {
    thisComputer: "{host} (dieser Computer)",
    app: "die App, die {scheme}// öffnet",
  },
  apps: {
    unnamed: "Eine App ohne Namen",
  },
  error: {
    title: "Es geht nicht weiter",
    again: "Gehen Sie zurück zu der App, aus der Sie kommen, und verbinden Sie sie noch einmal",
    later:
      "Warten Sie einen Moment und laden Sie diese Seite neu, oder gehen Sie zurück zu der App, aus der Sie kommen, und verbinden Sie sie noch einmal",
    tell: "Wenn das wieder geschieht, sagen Sie es denen, die den Server betreiben:",
    code: "Code {code}, Anfrage {request}",
    refused: "Diese Anfrage kann nicht beantwortet werden",
    unavailable: "Das kann im Augenblick nicht beantwortet werden",
    notFound: "Unter dieser Adresse gibt es nichts",
    denied: "Das ist nicht erlaubt",
  },
  consent: {
    title: "Mit {server} verbinden",
    heading: "{app} mit {server} verbinden?",
    provider: "Weiter geht es bei {provider}: Dort melden Sie sich an. Die App sieht Ihr Passwort nie.",
    providerAs:
      "Weiter geht es bei {provider}: Dort melden Sie sich als {person} an. Die App sieht Ihr Passwort nie.",
    app: "App, wie sie sich selbst nennt (nicht geprüft)",
    describedAt: "Beschrieben unter",
    sendsTo: "Schickt Sie zurück zu",
    server: "Server",
    mayDo: "Sie darf",
    approve: "Zustimmen",
    otherAccount: "Ein anderes Konto nehmen",
    cancel: "Abbrechen",
    warning: "Stimmen Sie nur zu, wenn Sie das gerade eben in einer App begonnen haben, der Sie vertrauen.",
    ownTitle: "Ihre Apps bei {server}",
    ownHeading: "Anmelden und sehen, welche Apps Sie verbunden haben",
    ownWarning: "Stimmen Sie nur zu, wenn Sie sehen oder beenden wollen, was Sie erlaubt haben.",
    allowed: "Sehen, was Sie erlaubt haben",
  },
  again: {
    title: "Noch einmal zustimmen",
    expired: "Diese Seite ist zu alt. Nichts ist verloren: Öffnen Sie sie neu und stimmen Sie dort zu.",
    replayed:
      "Diese Seite wurde schon benutzt. Nichts ist verloren: Öffnen Sie sie neu und stimmen Sie dort zu.",
    open: "Die Seite neu öffnen",
  },
  connections: {
    title: "Ihre verbundenen Apps",
    heading: "Ihre verbundenen Apps bei {organization}",
    headingOfServer: "Ihre verbundenen Apps bei {server}",
    explanation: "Hier sehen Sie, welche Apps in Ihrem Namen handeln dürfen, und können das beenden.",
    logIn: "Anmelden",
    logInHint: "Sie melden sich dort an, wo Sie sich für {server} immer anmelden.",
    interrupted: "Sie sind nicht angemeldet. Die Anmeldung wurde unterbrochen oder hat zu lange gedauert.",
    loggedInAs: "Angemeldet als {person}.",
    loggedIn: "Sie sind angemeldet.",
    nothing: "In Ihrem Namen ist keine App verbunden.",
    place: "Schickt Sie zurück zu",
    describedAt: "Beschrieben unter",
    server: "Server",
    mayDo: "Sie darf",
    since: "Verbunden seit",
    lastUsed: "Zuletzt benutzt",
    unverified: "Die Namen der Apps sind die, die sich die Apps selbst geben. Niemand hat sie geprüft.",
    disconnect: "Trennen",
    disconnectApp: "{app} trennen",
    disconnectAll: "Alle Apps trennen",
    disconnectAllHint: "Jede App muss neu verbunden werden, bevor sie wieder in Ihrem Namen handeln kann.",
    soon: "Eine getrennte App ist sofort ausgesperrt, spätestens nach einer halben Minute.",
    logOut: "Abmelden",
  },
  gateway: {
    title: "{server}: ein MCP-Server",
    heading: "{server}",
    explanation:
      "Das ist die Adresse eines MCP-Servers von {organization}. Apps wie KI-Assistenten verbinden sich mit ihm. Fügen Sie ihn der App hinzu, die Sie benutzen:",
    address: "Adresse",
    inClaude: "Anpassen (Customize), Connectors, eigenen Connector hinzufügen. Fügen Sie die Adresse ein.",
    inChatGpt:
      "Einstellungen, Apps. Schalten Sie unter den erweiterten Einstellungen den Entwicklermodus ein und wählen Sie dann App erstellen. Fügen Sie die Adresse ein.",
    inCursor: "Schreiben Sie das in die Datei ~/.cursor/mcp.json:",
    inVsCode: "Führen Sie das in einem Terminal aus:",
    inCodex: "Führen Sie das in einem Terminal aus:",
    inClaudeCode: "Führen Sie das in einem Terminal aus:",
    allowed: "Sehen, was Sie erlaubt haben",
  },
};
