/**
 * What Gatepost shall reach at eight users, on the same machine and database as the others.
 *
 * @module
 */

import type { Target } from "./summary.ts";

/** The names of Gatepost's sides. */
export const REST = "Gatepost, over REST";
export const DIRECT = "Gatepost, directly";

const login = { work: "login", users: 8 } as const;
const refresh = { work: "refresh", users: 8 } as const;

/** Whether a side is Gatepost's. */
export function isOurs(name: string): boolean {
  return name === REST || name === DIRECT;
}

/** All targets. Those of a side that was not measured are left out. */
export const targets: Target[] = [
  { ...login, side: REST, over: "better-auth", figure: "speed", least: 1.5 },
  { ...login, side: REST, over: "oidc-provider, PostgreSQL", figure: "speed", least: 0.6 },
  { ...login, side: DIRECT, over: "better-auth", figure: "speed", least: 3 },
  { ...login, side: DIRECT, over: "oidc-provider, PostgreSQL", figure: "speed", least: 1 },
  { ...login, side: DIRECT, over: "workers-oauth-provider", figure: "speed", least: 1 },
  { ...refresh, side: DIRECT, figure: "speed of a core", least: 120 },
  ...[REST, DIRECT].flatMap((side) =>
    (["p99 of token", "p99 of refresh"] as const).map((figure) => ({
      ...login,
      side,
      over: "better-auth",
      figure,
      most: 1,
    }))
  ),
];
