/**
 * The token request, as every grant is handed it.
 *
 * @module
 */

import type { ClientProof } from "../_shared/client/authenticate.ts";
import type { Form } from "../_shared/http/body.ts";

/** Who asks, at which server, with which parameters. */
export interface TokenRequest {
  slug: string;
  form: Form;
  client: ClientProof;
}
