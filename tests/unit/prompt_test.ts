import { assertEquals } from "@std/assert";
import { choosePrompt } from "../../functions/_shared/upstream/prompt.ts";

// opencloud-eu/desktop#871, KeepSoftwareSimple/compass-calendar#3662: Entra refuses two, Google takes them.
const CHOICES: [
  what: string,
  client: string | undefined,
  config: string | undefined,
  published: string[] | undefined,
  sent: string | undefined,
][] = [
  ["nobody wants one", undefined, undefined, undefined, undefined],
  ["the client wants one", "login", undefined, undefined, "login"],
  ["the config wants one", undefined, "consent", undefined, "consent"],
  ["both want the same", "consent", "consent", undefined, "consent"],
  ["the client wants a login, the config consent", "login", "consent", undefined, "login"],
  [
    "the client wants another account, the config consent",
    "select_account",
    "consent",
    undefined,
    "select_account",
  ],
  [
    "the client wants consent, the config another account",
    "consent",
    "select_account",
    undefined,
    "select_account",
  ],
  ["the client wants two", "consent login", undefined, undefined, "login"],
  ["the client wants a login and an account", "select_account login", undefined, undefined, "login"],
  ["the client wants what nobody knows", "create", "consent", undefined, "consent"],
  ["the provider publishes both", "login", "consent", ["login", "consent", "none"], "login consent"],
  ["the provider publishes one of them", "login", "consent", ["login", "none"], "login"],
  ["the provider publishes neither", "login", "consent", [], "consent"],
  ["the provider does not publish what the client wants", "login", "consent", ["consent"], "consent"],
  ["the config has a list", undefined, "consent select_account", undefined, "consent select_account"],
  [
    "the config has a list and the client a wish",
    "login",
    "consent select_account",
    undefined,
    "login consent select_account",
  ],
  ["blanks stand around them", " login ", "  ", undefined, "login"],
];
for (const [what, client, config, published, sent] of CHOICES) {
  Deno.test(`the provider is sent ${sent ?? "no prompt"} where ${what}`, () => {
    assertEquals(choosePrompt(client, config, published), sent);
  });
}
