/**
 * What a person copies into an MCP client to add a server to it, as the clients' own documentation and `--help` say it.
 *
 * `deno task test:clients` runs Claude Code's. Of the others, excerpts were read in November 2026: pages of Claude
 * (support.claude.com, article 11503834), ChatGPT (developers.openai.com, developer mode) and Cursor
 * (cursor.com/docs/mcp), the command of VS Code in Microsoft's mcp-for-beginners, that of Codex in others' guides.
 * The menus of Claude and ChatGPT were not seen in German.
 *
 * @module
 */

/** What adds a server to one client, by its name there and its URL. */
type SetupCommand = (name: string, url: string) => string;

export const forClaudeCode: SetupCommand = (name, url) => `claude mcp add --transport http ${name} ${url}`;

export const forCodex: SetupCommand = (name, url) => `codex mcp add ${name} --url ${url}`;

/** An entry of Cursor's `mcp.json` (https://cursor.com/docs/mcp). */
export const forCursor: SetupCommand = (name, url) => JSON.stringify({ mcpServers: { [name]: { url } } });

/** A command of VS Code (https://code.visualstudio.com/docs/copilot/chat/mcp-servers). */
export const forVsCode: SetupCommand = (name, url) =>
  `code --add-mcp '${JSON.stringify({ name, type: "http", url })}'`;

export const forGeminiCli: SetupCommand = (name, url) => `gemini mcp add --transport http ${name} ${url}`;

/** An entry of opencode's `opencode.json`. */
export const forOpencode: SetupCommand = (name, url) =>
  JSON.stringify({ mcp: { [name]: { type: "remote", url } } });

/** A bridge for clients that start programs only. */
export const forBridge: SetupCommand = (_name, url) => `npx -y mcp-remote ${url}`;
