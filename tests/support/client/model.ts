/**
 * Stands in for the language model of a client that calls tools only when a model asks for it.
 *
 * It asks once for the tool `whoami`, is content with whatever comes back, and
 * keeps it. It speaks as much of three vendors' streaming APIs as their
 * clients need for that; none of their addresses is reached.
 *
 * @module
 */

/** A model, and what a client has told it. */
export interface ToolCallingModel extends AsyncDisposable {
  origin: string;
  /** The names of the tools that the client offered last. */
  tools: string[];
  /** What `whoami` answered, as the client handed it on. */
  results: string[];
}

// deno-lint-ignore no-explicit-any
type Body = any;

/** What one vendor's API calls things. */
interface Dialect {
  path: RegExp;
  tools: (body: Body) => string[];
  results: (body: Body) => unknown[];
  call: (name: string) => unknown[];
  say: (text: string) => unknown[];
}

/** Starts the model on a free port. */
export function startModel(): ToolCallingModel {
  const heard = { tools: [] as string[], results: [] as string[] };
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (request) => {
    const { pathname } = new URL(request.url);
    const dialect = dialects.find(({ path }) => path.test(pathname));
    if (dialect === undefined || request.method !== "POST") {
      return new Response("{}", { status: 404 });
    }
    return stream(answer(await request.json(), dialect, heard));
  });
  return {
    ...heard,
    origin: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}

function answer(body: Body, dialect: Dialect, heard: { tools: string[]; results: string[] }): unknown[] {
  const tools = dialect.tools(body);
  const results = dialect.results(body);
  const whoami = tools.find((name) => name.endsWith("whoami"));
  if (whoami === undefined) {
    return dialect.say("A title");
  }
  heard.tools.splice(0, Infinity, ...tools);
  if (results.length === 0) {
    return dialect.call(whoami);
  }
  heard.results.push(JSON.stringify(results.at(-1)));
  return dialect.say("Done");
}

/** Events with a name where the vendor names them. */
function stream(events: unknown[]): Response {
  const text = events.map((event) => {
    const name = typeof event === "object" && event !== null && "type" in event
      ? `event: ${event.type}\n`
      : "";
    return `${name}data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`;
  });
  return new Response(text.join(""), { headers: { "Content-Type": "text/event-stream" } });
}

const anthropic: Dialect = {
  path: /\/v1\/messages$/,
  tools: ({ tools = [] }) => tools.map(({ name }: Body) => name),
  results: ({ messages }) =>
    messages.flatMap(({ content }: Body) => Array.isArray(content) ? content : [])
      .filter(({ type }: Body) => type === "tool_result").map(({ content }: Body) => content),
  call: (name) =>
    anthropicMessage("tool_use", { type: "tool_use", id: "toolu_1", name, input: {} }, {
      type: "input_json_delta",
      partial_json: "{}",
    }),
  say: (text) => anthropicMessage("end_turn", { type: "text", text: "" }, { type: "text_delta", text }),
};

function anthropicMessage(stopReason: string, block: unknown, delta: unknown): unknown[] {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "model", content: [], usage };
  return [
    { type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null } },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: stopReason, stop_sequence: null }, usage },
    { type: "message_stop" },
  ];
}

const google: Dialect = {
  path: /:streamGenerateContent$/,
  tools: ({ tools = [] }) =>
    tools.flatMap(({ functionDeclarations = [] }: Body) =>
      functionDeclarations.map(({ name }: Body) => name)
    ),
  results: ({ contents }) =>
    contents.flatMap(({ parts = [] }: Body) => parts)
      .flatMap(({ functionResponse }: Body) => functionResponse ? [functionResponse.response] : []),
  call: (name) => [googleCandidate({ functionCall: { name, args: {} } })],
  say: (text) => [googleCandidate({ text })],
};

function googleCandidate(part: unknown): unknown {
  return { candidates: [{ index: 0, content: { role: "model", parts: [part] }, finishReason: "STOP" }] };
}

const openAi: Dialect = {
  path: /\/chat\/completions$/,
  tools: ({ tools = [] }) => tools.map((tool: Body) => tool.function.name),
  results: ({ messages }) =>
    messages.filter(({ role }: Body) => role === "tool").map(({ content }: Body) => content),
  call: (name) =>
    openAiMessage("tool_calls", {
      tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name, arguments: "{}" } }],
    }),
  say: (content) => openAiMessage("stop", { content }),
};

function openAiMessage(finish_reason: string, delta: Record<string, unknown>): unknown[] {
  const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "model" };
  return [
    { ...chunk, choices: [{ index: 0, delta: { role: "assistant", ...delta }, finish_reason: null }] },
    { ...chunk, choices: [{ index: 0, delta: {}, finish_reason }] },
    "[DONE]",
  ];
}

const dialects = [anthropic, google, openAi];
