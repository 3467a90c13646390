import { assertEquals } from "@std/assert";
import { type Called, describeCalled, fillCalled, readCalled } from "../../functions/mcp/called.ts";

const TOOL = {
  "mcp.method.name": "tools/call",
  "gen_ai.tool.name": "whoami",
  "gen_ai.operation.name": "execute_tool",
};

/** What is said, without what is left out. */
function describe(called: Called, headers: Record<string, string> = {}): Record<string, unknown> {
  const { name, attributes } = describeCalled(called, new Headers(headers));
  return Object.fromEntries(
    Object.entries({ name, ...attributes }).filter(([, value]) => value !== undefined),
  );
}

const NAMED: [what: string, called: Called, said: Record<string, unknown>][] = [
  ["a tool", { method: "tools/call", name: "whoami" }, { name: "tools/call whoami", ...TOOL }],
  ["a prompt", { method: "prompts/get", name: "greet" }, {
    name: "prompts/get greet",
    "mcp.method.name": "prompts/get",
    "gen_ai.prompt.name": "greet",
  }],
  ["a resource, whose address can have secrets", { method: "resources/read", name: "file:///secret" }, {
    name: "resources/read",
    "mcp.method.name": "resources/read",
  }],
  ["a list", { method: "tools/list" }, { name: "tools/list", "mcp.method.name": "tools/list" }],
  ["a notification", { method: "notifications/initialized" }, {
    name: "notifications/initialized",
    "mcp.method.name": "notifications/initialized",
  }],
  ["nothing that is known", {}, {}],
  ["a tool whose name is no name", { method: "tools/call", name: "a secret?" }, {
    name: "tools/call",
    "mcp.method.name": "tools/call",
    "gen_ai.operation.name": "execute_tool",
  }],
  ["a tool whose name is too long", { method: "tools/call", name: "x".repeat(129) }, {
    name: "tools/call",
    "mcp.method.name": "tools/call",
    "gen_ai.operation.name": "execute_tool",
  }],
  ["a method that is none", { method: "tools/call?secret", name: "whoami" }, {}],
  ["a method that is too long", { method: "x".repeat(1_000_000) }, {}],
];
for (const [what, called, said] of NAMED) {
  Deno.test(`the span of a call of ${what} says what the conventions ask for, and no more`, () => {
    assertEquals(describe(called), said);
  });
}

Deno.test("the version of the protocol is said if it is one", () => {
  const version = (text: string): unknown =>
    describe({}, { "MCP-Protocol-Version": text })["mcp.protocol.version"];

  assertEquals([version("2025-11-25"), version("secret")], ["2025-11-25", undefined]);
});

Deno.test("headers that repeat the message say what is called", () => {
  const headers = new Headers({ "Mcp-Method": "tools/call", "Mcp-Name": "whoami" });

  assertEquals([readCalled(headers), readCalled(new Headers())], [
    { method: "tools/call", name: "whoami" },
    { method: undefined, name: undefined },
  ]);
});

Deno.test("a message that has passed says more than headers, and a batch says nothing", () => {
  const [one, batch]: [Called, Called] = [{ method: "tools/list" }, { method: "tools/list" }];
  const message = { method: "tools/call", name: "whoami" };

  fillCalled(one, message, true);
  fillCalled(batch, message, true);
  fillCalled(batch, message, false);

  assertEquals([one, batch], [message, { method: undefined, name: undefined }]);
});

Deno.test("a method that is no text says nothing", () => {
  const called: Called = { method: "tools/list" };

  fillCalled(called, { method: null, name: "whoami" }, true);

  assertEquals(called, { method: "tools/list" });
});
