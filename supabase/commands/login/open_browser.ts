/**
 * Opens a URL in the person's browser where there is a desktop.
 *
 * @module
 */

/** Whether a browser was asked to open the URL. */
export async function openBrowser(url: URL): Promise<boolean> {
  const command = findCommand();
  if (command === undefined) {
    return false;
  }
  try {
    const { success } = await new Deno.Command(command, {
      args: [url.href],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

function findCommand(): string | undefined {
  if (Deno.build.os === "darwin") {
    return "open";
  }
  const hasDesktop = Deno.env.has("DISPLAY") || Deno.env.has("WAYLAND_DISPLAY");
  return hasDesktop ? "xdg-open" : undefined;
}
