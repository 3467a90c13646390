/**
 * Which `prompt` is sent to a provider.
 *
 * A client may want a login or another account, and a config may need consent
 * to get a refresh token. Many providers refuse a list, so one value is sent
 * unless the provider publishes all of them, or the config itself has a list.
 *
 * A client's `login` or `select_account` wins: it decides who logs in, perhaps
 * in a browser that another person used before. If `consent` is left out, the
 * provider may send no refresh token, and the login ends earlier. Otherwise the
 * config's value wins.
 *
 * @module
 */

import { parseScope } from "../tokens/scope.ts";

/** Values by which a client decides who logs in. */
const ABOUT_THE_PERSON = ["login", "select_account"];

/** Chooses the value of `prompt`; undefined if neither has one. */
export function choosePrompt(
  clientPrompt: string | undefined,
  configPrompt: string | undefined,
  published: readonly unknown[] | undefined,
): string | undefined {
  const ofClient = parseScope(clientPrompt).filter((value) => published?.includes(value) ?? true);
  const ofConfig = parseScope(configPrompt);
  const wanted = [
    ...new Set([
      ...ABOUT_THE_PERSON.filter((value) => ofClient.includes(value)),
      ...ofConfig,
      ...ofClient,
    ]),
  ];
  const takesLists = ofConfig.length > 1 || wanted.every((value) => published?.includes(value));
  return takesLists && wanted.length > 0 ? wanted.join(" ") : wanted[0];
}
