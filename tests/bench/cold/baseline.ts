/**
 * What a function costs that does nothing but create a client of the database: the measure of all others.
 *
 * @module
 */

import { createClient } from "@supabase/supabase-js";

createClient("http://127.0.0.1:1", "sb_secret_1", {
  auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
});

export default {
  fetch: (): Response => new Response(null, { status: 404 }),
};
