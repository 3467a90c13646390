/**
 * The URL to give to people, and how it is added to which client.
 *
 * @module
 */

import type { JSX } from "preact";
import {
  forBridge,
  forClaudeCode,
  forCodex,
  forCursor,
  forGeminiCli,
  forOpencode,
  forVsCode,
} from "../../../../functions/_shared/client/setup_commands.ts";
import { buildResource } from "../../../../functions/_shared/urls.ts";
import type { Server } from "../../data/server_settings.ts";
import { SETTINGS } from "../../settings.ts";
import { texts } from "../../texts/texts.ts";
import { Copy } from "../copy.tsx";
import { Section } from "../page.tsx";

/** A client: what to do there, and what to copy into it besides the URL. */
interface Client {
  name: string;
  steps: string;
  copied?: string;
}

/** The section. */
export function ClientGuide({ server }: { server: Server }): JSX.Element {
  const { servers: t } = texts.value;
  const slug = server.slug!;
  const url = buildResource({ slug, resource: server.resource }, SETTINGS.publicUrl);
  return (
    <Section title={t.urlTitle}>
      <p>{t.urlText}</p>
      <p>
        <Copy text={url} label={t.urlTitle} />
      </p>
      <div class="clients">
        {listClients(slug, url).map(({ name, steps, copied }) => (
          <details key={name}>
            <summary>{name}</summary>
            <p>{steps}</p>
            {copied !== undefined && (
              <p>
                <Copy text={copied} label={name} />
              </p>
            )}
          </details>
        ))}
      </div>
    </Section>
  );
}

/** The clients, with what each is told. */
function listClients(name: string, url: string): Client[] {
  const { clients: t } = texts.value.servers;
  return [
    { name: "Claude", steps: t.claude },
    { name: "ChatGPT", steps: t.chatGpt },
    { name: "Claude Code", steps: t.claudeCode, copied: forClaudeCode(name, url) },
    { name: "Codex", steps: t.terminal, copied: forCodex(name, url) },
    { name: "Cursor", steps: t.cursor, copied: forCursor(name, url) },
    { name: "VS Code", steps: t.terminal, copied: forVsCode(name, url) },
    { name: "Gemini CLI", steps: t.geminiCli, copied: forGeminiCli(name, url) },
    { name: "opencode", steps: t.opencode, copied: forOpencode(name, url) },
    { name: t.others, steps: t.bridge, copied: forBridge(name, url) },
  ];
}
