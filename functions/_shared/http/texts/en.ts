/**
 * The texts of the pages for people, in English.
 *
 * Every other language has the same keys, which the compiler demands, and the same
 * `{names}` in each text, which a test demands. A name stands for a value that the
 * page puts there.
 *
 * @module
 */

export const EN = {
  scopes: {
    openid: "Know who you are",
    email: "See your email address",
    profile: "See your name and profile",
    offline_access: "Stay connected until you disconnect it",
    connections: "See which apps you have connected, and disconnect them",
    none: "Connect, and nothing else",
  },
  places: {
    thisComputer: "{host} (this computer)",
    app: "the app that opens {scheme}//",
  },
  apps: {
    unnamed: "An app without a name",
  },
  error: {
    title: "Cannot continue",
    again: "Go back to the app you came from and connect again",
    later: "Wait a moment and load this page again, or go back to the app you came from and connect again",
    tell: "If this happens again, tell whoever runs the server:",
    code: "Code {code}, request {request}",
    refused: "This request cannot be answered",
    unavailable: "This cannot be answered at the moment",
    notFound: "Nothing is served at this address",
    denied: "This is not allowed",
  },
  consent: {
    title: "Connect to {server}",
    heading: "Connect {app} to {server}?",
    provider: "You continue at {provider} to log in. The app never sees your password.",
    providerAs: "You continue at {provider} to log in as {person}. The app never sees your password.",
    app: "App, as it calls itself (not verified)",
    describedAt: "Described at",
    sendsTo: "Sends you back to",
    server: "Server",
    mayDo: "It may",
    approve: "Approve",
    otherAccount: "Use another account",
    cancel: "Cancel",
    warning: "Approve only if you started this in an app you trust, just now.",
    ownTitle: "See your apps at {server}",
    ownHeading: "Log in to see which apps you have connected",
    ownWarning: "Approve only if you want to see or end what you have allowed.",
    allowed: "See what you have allowed",
  },
  again: {
    title: "Approve again",
    expired: "This approval page is too old. Nothing is lost: open it anew and approve there.",
    replayed: "This approval page was used already. Nothing is lost: open it anew and approve there.",
    open: "Open the approval page",
  },
  connections: {
    title: "Your connected apps",
    heading: "Your connected apps at {organization}",
    headingOfServer: "Your connected apps at {server}",
    explanation: "Here you see which apps may act in your name, and can end that.",
    logIn: "Log in",
    logInHint: "You log in where you always log in for {server}.",
    interrupted: "You are not logged in. The login was interrupted, or it took too long.",
    loggedInAs: "Logged in as {person}.",
    loggedIn: "You are logged in.",
    nothing: "No app is connected in your name.",
    place: "Sends you back to",
    describedAt: "Described at",
    server: "Server",
    mayDo: "It may",
    since: "Connected since",
    lastUsed: "Last used",
    unverified: "The names of apps are those that the apps give themselves. Nobody has verified them.",
    disconnect: "Disconnect",
    disconnectApp: "Disconnect {app}",
    disconnectAll: "Disconnect all apps",
    disconnectAllHint: "Every app has to be connected again before it can act in your name.",
    soon: "A disconnected app is locked out at once, at the latest after half a minute.",
    logOut: "Log out",
  },
  gateway: {
    title: "{server}: an MCP server",
    heading: "{server}",
    explanation:
      "This is the address of an MCP server of {organization}. Apps such as AI assistants connect to it. Add it to the app you use:",
    address: "Address",
    inClaude: "Customize, Connectors, Add custom connector. Paste the address.",
    inChatGpt:
      "Settings, Apps. Turn developer mode on in Advanced settings, then choose Create app. Paste the address.",
    inCursor: "Add this to the file ~/.cursor/mcp.json:",
    inVsCode: "Run this in a terminal:",
    inCodex: "Run this in a terminal:",
    inClaudeCode: "Run this in a terminal:",
    allowed: "See what you have allowed",
  },
};

/** The texts of one language. */
export type Texts = typeof EN;
