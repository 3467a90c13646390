/**
 * The part of Supabase's Management API that `supabase functions deploy --use-api` speaks to.
 *
 * It takes each function as a form of its metadata and its files, and then the
 * list of all that were taken, which makes them live. Seen in the CLI's source
 * (github.com/supabase/cli, `apps/cli-go/pkg/function/deploy.go`, 2026-06) and
 * in what version 3.1.0 sends. It bundles nothing and runs nothing.
 *
 * @module
 */

/** What the CLI says of a function. */
export interface Metadata {
  name: string;
  entrypoint_path: string;
  import_map_path?: string;
  verify_jwt: boolean;
}

/** One uploaded function. */
export interface Upload {
  metadata: Metadata;
  /** The files by the paths that the CLI gave them. */
  files: Map<string, string>;
}

/** The running API of one project. */
export interface ManagementApi extends AsyncDisposable {
  /** What the CLI needs to find it, and to be let in. */
  env: Record<string, string>;
  /** What was uploaded, by function. */
  uploads: Map<string, Upload>;
  /** The functions that are live. */
  live: string[];
}

/** The project's reference: twenty lower-case letters, as the CLI demands. */
export const PROJECT = "abcdefghijklmnopqrst";

const ACCESS_TOKEN = `sbp_${"0123456789abcdef".repeat(3).slice(0, 40)}`;

/** Starts the API. `folder` gets the profile that leads the CLI to it. */
export async function startManagementApi(folder: string): Promise<ManagementApi> {
  const uploads = new Map<string, Upload>();
  const live: string[] = [];
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.headers.get("Authorization") !== `Bearer ${ACCESS_TOKEN}`) {
      return Response.json({ message: "Unauthorized" }, { status: 401 });
    }
    const asked = `${request.method} ${pathname.replace(`/v1/projects/${PROJECT}`, "")}`;
    if (asked === "POST /functions/deploy") {
      const slug = searchParams.get("slug") ?? "";
      const upload = await readUpload(await request.formData());
      uploads.set(slug, upload);
      return Response.json(describe(slug, upload.metadata), { status: 201 });
    }
    if (asked === "PUT /functions") {
      const functions = await request.json() as { slug: string }[];
      live.push(...functions.map(({ slug }) => slug));
      return Response.json({ functions });
    }
    // Who owns the project is asked too, and an answer is not demanded.
    return Response.json({ message: "Not found" }, { status: 404 });
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const profile = `${folder}/profile.yaml`;
  await Deno.writeTextFile(
    profile,
    `name: test\napi_url: ${origin}\ndashboard_url: ${origin}\nproject_host: project.test\n`,
  );
  return {
    env: { SUPABASE_PROFILE: profile, SUPABASE_ACCESS_TOKEN: ACCESS_TOKEN },
    uploads,
    live,
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}

async function readUpload(form: FormData): Promise<Upload> {
  const files = form.getAll("file").filter((file) => file instanceof File);
  return {
    metadata: JSON.parse(String(form.get("metadata"))),
    files: new Map(await Promise.all(files.map(async (file) => [file.name, await file.text()] as const))),
  };
}

function describe(slug: string, metadata: Metadata): Record<string, unknown> {
  return {
    ...metadata,
    id: crypto.randomUUID(),
    slug,
    status: "ACTIVE",
    version: 1,
    import_map: metadata.import_map_path !== undefined,
    created_at: 1764115200000,
    updated_at: 1764115200000,
  };
}
