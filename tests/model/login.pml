/*
 * A login between its approval and its tokens: claim_authorization_session,
 * complete_authorization and redeem_authorization_code.
 *
 * The owner is the browser and the client that began the login. The other party
 * has seen the state and the code, but has neither the browser's cookie nor the
 * verifier. Both may come as often and in whichever order they like, a callback
 * may be killed after each step, and time may run out at any moment.
 *
 * What a mutant takes out stands under #ifdef.
 */

mtype = { claimed, other_browser, replayed, expired, completed, unknown, redeemed, wrong_verifier };

#define OWNER 0
#define OTHER 1

/* The session's row. */
bool session_claimed, session_completed, session_expired;
/* The code's row. */
bool code_issued, code_spent, code_expired;
/* The family's row. */
bool family_issued, family_revoked;

/* For the formulas. */
bool owner_claimed, claimed_twice, claimed_by_other, owner_turned_away;
bool redeemed_twice, redeemed_by_other, redeemed_after_refusal, refused, presented_again;

/* Whoever comes too late is told so once; the session is over then. */
inline expire(who) {
  outcome = expired;
  owner_claimed = owner_claimed || who == OWNER;
  session_claimed = true
}

inline claim(who, seen_claimed) {
  if
#ifndef NO_COOKIE
  :: who == OTHER -> outcome = other_browser
  :: who == OWNER && seen_claimed -> outcome = replayed
  :: who == OWNER && !seen_claimed && session_expired -> expire(who)
  :: who == OWNER && !seen_claimed && !session_expired ->
#else
  :: seen_claimed -> outcome = replayed
  :: !seen_claimed && session_expired -> expire(who)
  :: !seen_claimed && !session_expired ->
#endif
     outcome = claimed;
     claimed_twice = claimed_twice || session_claimed;
     claimed_by_other = claimed_by_other || who == OTHER;
     owner_claimed = owner_claimed || who == OWNER;
     session_claimed = true
  fi
}

inline complete() {
  if
  :: session_claimed && !session_completed ->
     outcome = completed;
     session_completed = true;
     code_issued = true
  :: else -> outcome = unknown
  fi
}

inline refuse(why) {
  outcome = why;
  refused = true;
#ifndef KEEP_CODE
  code_spent = true;
#endif
#ifndef KEEP_FAMILY
  family_revoked = family_issued
#endif
}

inline redeem(who, seen_spent) {
  presented_again = presented_again || family_issued;
  if
  :: seen_spent -> refuse(replayed)
  :: !seen_spent && code_expired -> refuse(expired)
#ifndef NO_VERIFIER
  :: !seen_spent && !code_expired && who == OTHER -> refuse(wrong_verifier)
  :: !seen_spent && !code_expired && who == OWNER ->
#else
  :: !seen_spent && !code_expired ->
#endif
     outcome = redeemed;
     redeemed_twice = redeemed_twice || family_issued;
     redeemed_by_other = redeemed_by_other || who == OTHER;
     redeemed_after_refusal = redeemed_after_refusal || refused;
     code_spent = true;
     family_issued = true
  fi
}

/* A callback that the browser follows: claims, and completes unless it is killed between. */
proctype Callback(byte who) {
  bool seen;
  mtype outcome;

  do
  ::
#ifdef NO_LOCK
     seen = session_claimed;
#endif
     atomic {
#ifndef NO_LOCK
       seen = session_claimed;
#endif
       claim(who, seen);
       printf("step claim %d %e\n", who, outcome);
       owner_turned_away = owner_turned_away || (who == OWNER && outcome == replayed && !owner_claimed);
       seen = false
     }
     if
     :: outcome == claimed ->
        atomic {
          complete();
          printf("step complete %e\n", outcome)
        }
     :: skip
     fi
  od
}

proctype Redeemer(byte who) {
  bool seen;
  mtype outcome;

  do
  :: code_issued ->
#ifdef NO_LOCK
     seen = code_spent;
#endif
     atomic {
#ifndef NO_LOCK
       seen = code_spent;
#endif
       redeem(who, seen);
       printf("step redeem %d %e %d\n", who, outcome, family_issued && !family_revoked);
       seen = false
     }
  od
}

proctype Clock() {
  do
  :: atomic { !session_expired -> session_expired = true; printf("step session_expires\n") }
  :: atomic { code_issued && !code_expired -> code_expired = true; printf("step code_expires\n") }
  od
}

init {
  atomic {
    run Callback(OWNER);
    run Callback(OWNER);
    run Callback(OTHER);
    run Redeemer(OWNER);
    run Redeemer(OWNER);
    run Redeemer(OTHER);
    run Clock()
  }
}

/* One callback claims a session, and only that of the browser which began it. */
ltl claimed_once { [] (!claimed_twice && !claimed_by_other) }

/* Who lacks the cookie cannot spoil the login: its own browser is not told that somebody was first. */
ltl owner_is_not_turned_away { [] !owner_turned_away }

/* A code gives tokens once, and only to the client that began the login. */
ltl redeemed_once { [] (!redeemed_twice && !redeemed_by_other) }

/* A code that is presented again ends what it gave. */
ltl replay_ends_the_family { [] (presented_again -> family_revoked) }

/* A code that was refused once, for whatever reason, gives nothing any more. */
ltl refusal_spends_the_code { [] !redeemed_after_refusal }
