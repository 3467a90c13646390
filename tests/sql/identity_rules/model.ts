/**
 * The identity rules as plain data, to hold SQL against: one thing after the other, no lock, no index.
 *
 * Ids are those that SQL gave; everything else is decided here a second time.
 */

/** A config, as far as the rules care. */
export interface Config {
  id: string;
  organizationId: string | null;
  issuer: string | null;
  identitySource: "openid" | "none";
  links: boolean;
  isDisabled: boolean;
}

/** A login, as a service reports it. */
export interface Login {
  config: Config;
  organizationId: string | null;
  issuer: string | null;
  subject: string | null;
  email: string | null;
  isVerified: boolean;
  trackingId: string | null;
  hasToken: boolean;
}

/** An end user. */
export interface User {
  organizationId: string;
  authType: string;
  email: string | null;
  isVerified: boolean;
  subject: string | null;
  trackingId: string | null;
  isBlocked: boolean;
}

/** What SQL answered. */
export interface Answer {
  outcome: string;
  userId: string | null;
  tokenId: string | null;
}

/** Everything there is. */
export interface World {
  organizations: Set<string>;
  users: Map<string, User>;
  /** By organization, source and subject. */
  identities: Map<string, { userId: string; config: Config }>;
  /** The user of each vault entry. */
  tokens: Map<string, string>;
}

/** Addresses are compared with ASCII letters folded, and nothing else. */
export function fold(address: string | null): string {
  return (address ?? "").replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** What a login must be answered with: `id` is the user it leads to, undefined where it makes one. */
interface Decision {
  outcome: string;
  id?: string;
}

/** Decides a login, applies it with the ids that SQL gave, and returns the outcome that it must have had. */
export function applyLogin(world: World, login: Login, answer: Answer): string {
  const organizationId = login.config.organizationId ?? login.organizationId;
  const refusal = findRefusal(world, login, organizationId);
  if (refusal !== undefined || organizationId === null) {
    return refusal ?? "organization_required";
  }
  const decision = login.subject === null
    ? decideAnonymous(world, login, organizationId, answer)
    : decideIdentified(world, login, organizationId, login.subject, answer);
  const id = decision.id;
  if (id !== undefined && decision.outcome !== "user_blocked" && login.hasToken && answer.tokenId !== null) {
    world.tokens.set(answer.tokenId, id);
  }
  return id === answer.userId || decision.outcome === "user_blocked"
    ? decision.outcome
    : `${decision.outcome} as ${id}`;
}

function findRefusal(
  world: World,
  { config, subject, ...login }: Login,
  organizationId: string | null,
): string | undefined {
  if (config.isDisabled) {
    return "config_disabled";
  }
  if (organizationId === null) {
    return "organization_required";
  }
  if (login.organizationId !== null && login.organizationId !== organizationId) {
    return "wrong_organization";
  }
  if (!world.organizations.has(organizationId)) {
    return "unknown_organization";
  }
  return subject === null && config.identitySource !== "none" ? "subject_required" : undefined;
}

function decideAnonymous(world: World, login: Login, organizationId: string, answer: Answer): Decision {
  const tracked = findTracked(world, organizationId, login.trackingId);
  if (tracked !== undefined && tracked.user.subject === null) {
    tracked.user.authType = authType(login.config);
    tracked.user.email = login.email ?? tracked.user.email;
    return { outcome: tracked.user.isBlocked ? "user_blocked" : "anonymous", id: tracked.id };
  }
  const trackingId = tracked === undefined ? login.trackingId : null;
  return {
    outcome: "anonymous",
    ...add(world, organizationId, { ...login, isVerified: false, trackingId }, answer),
  };
}

function decideIdentified(
  world: World,
  login: Login,
  organizationId: string,
  subject: string,
  answer: Answer,
): Decision {
  const { config } = login;
  const source = config.organizationId === null ? config.id : (login.issuer ?? config.issuer ?? config.id);
  const key = JSON.stringify([organizationId, source, subject]);
  const known = world.identities.get(key);
  if (known !== undefined) {
    return { outcome: arrive(world, known.userId, login) ?? "matched", id: known.userId };
  }
  const linkable = findLinkable(world, login, organizationId);
  if (linkable !== undefined) {
    world.identities.set(key, { userId: linkable, config });
    return { outcome: arrive(world, linkable, login) ?? "linked_email", id: linkable };
  }
  const tracked = findTracked(world, organizationId, login.trackingId);
  if (tracked !== undefined && tracked.user.subject === null && !tracked.user.isBlocked) {
    Object.assign(tracked.user, {
      authType: authType(config),
      subject,
      email: login.email,
      isVerified: isVerified(login),
    });
    world.identities.set(key, { userId: tracked.id, config });
    return { outcome: "claimed_tracking", id: tracked.id };
  }
  const trackingId = tracked === undefined ? login.trackingId : null;
  const added = add(world, organizationId, { ...login, trackingId }, answer);
  world.identities.set(key, { userId: added.id ?? "", config });
  return { outcome: "created", ...added };
}

/** A known user arrives again: the profile follows, and an anonymous row with the tracking id is taken in. */
function arrive(world: World, id: string, login: Login): "user_blocked" | undefined {
  const user = world.users.get(id);
  if (user === undefined || user.isBlocked) {
    return "user_blocked";
  }
  if (login.email !== null) {
    user.email = login.email;
    user.isVerified = isVerified(login);
  }
  const tracked = findTracked(world, user.organizationId, login.trackingId);
  if (tracked !== undefined && tracked.user.subject === null && !tracked.user.isBlocked) {
    world.users.delete(tracked.id);
    for (const [tokenId, holder] of world.tokens) {
      if (holder === tracked.id) {
        world.tokens.delete(tokenId);
      }
    }
    user.trackingId ??= login.trackingId;
  }
  return undefined;
}

function findLinkable(world: World, login: Login, organizationId: string): string | undefined {
  if (!login.config.links || !isVerified(login)) {
    return undefined;
  }
  const candidates = [...world.users].filter(
    ([id, user]) =>
      user.organizationId === organizationId &&
      user.isVerified &&
      fold(user.email) === fold(login.email) &&
      user.authType === authType(login.config) &&
      [...world.identities.values()].every(({ userId, config }) => userId !== id || config.links),
  );
  return candidates.length === 1 ? candidates[0]?.[0] : undefined;
}

/** Remembers a visitor, and returns the outcome that this must have had. */
export function applyTracking(
  world: World,
  { organizationId, trackingId, email }: { organizationId: string; trackingId: string; email: string | null },
  answer: Answer,
): string {
  const tracked = findTracked(world, organizationId, trackingId);
  if (tracked === undefined) {
    add(world, organizationId, { email, subject: null, isVerified: false, trackingId }, answer);
    return "tracked";
  }
  if (tracked.user.subject === null) {
    tracked.user.email = email ?? tracked.user.email;
  }
  if (tracked.user.isBlocked) {
    return "user_blocked";
  }
  return tracked.user.authType === "none" ? "tracked" : "known";
}

function add(
  world: World,
  organizationId: string,
  from: Pick<Login, "email" | "subject" | "isVerified" | "trackingId"> & { config?: Config },
  answer: Answer,
): { id?: string } {
  if (answer.userId === null || world.users.has(answer.userId)) {
    return {};
  }
  world.users.set(answer.userId, {
    organizationId,
    authType: from.config === undefined ? "none" : authType(from.config),
    email: from.email,
    isVerified: isVerified(from),
    subject: from.subject,
    trackingId: from.trackingId,
    isBlocked: false,
  });
  return { id: answer.userId };
}

function findTracked(
  world: World,
  organizationId: string,
  trackingId: string | null,
): { id: string; user: User } | undefined {
  for (const [id, user] of world.users) {
    if (trackingId !== null && user.organizationId === organizationId && user.trackingId === trackingId) {
      return { id, user };
    }
  }
  return undefined;
}

function isVerified({ email, isVerified }: Pick<Login, "email" | "isVerified">): boolean {
  return email !== null && isVerified;
}

function authType(config: Config): string {
  return config.organizationId === null ? "platform_oauth" : "custom_oauth";
}
