/*
 * The rotation of a refresh token, as rotate_refresh_token does it, between an
 * honest client of several threads and a thief.
 *
 * Tokens are numbered in the order in which they are made; 0 is the one that a
 * code gave. Time is counted in ticks: a token is in its grace for GRACE ticks
 * after its first use. What a token is good for is decided by `present` alone;
 * the fields `head`, `links`, `used_for` and `revoked` are the family's row,
 * everything below "what the formulas speak of" is written for them only.
 *
 * The honest client keeps one store. A thread reads a token there, presents it
 * until an answer arrives, and stores the answer. That takes EPISODE ticks at
 * most, less than half the grace. Then one of two things has to hold:
 *
 *   ordered     answers are stored in the order in which they were given, or
 *   unordered   a token is used for LIFE ticks before the next refresh.
 *
 * A client that does neither stores an old token over a new one. No server
 * knows that client from a thief: the mutant HASTY shows it.
 *
 * What a mutant changes stands under #ifdef, one defence each.
 */

#ifndef THREADS
#define THREADS 2
#endif
#ifndef TOKENS
#define TOKENS 5    /* how many are made at most */
#endif
#ifndef LINKS
#define LINKS 2     /* tokens in their grace that the row keeps */
#endif
#ifndef GRACE
#define GRACE 3
#endif
#ifndef EPISODE
#define EPISODE 1
#endif
#ifdef UNORDERED
#ifndef HASTY
#define LIFE GRACE
#endif
#endif
#ifndef LIFE
#define LIFE 0
#endif

#define NOBODY THREADS   /* index of the thief among the parties */
#define IDLE 255

mtype = { rotated, converged, reused, revoked_before };

/* The family's row. */
byte head;               /* the present token */
bool kept[TOKENS];       /* the row has a link of this token to its successor */
byte links;              /* how many links it has */
byte used_for[TOKENS];   /* ticks since the token was first used, GRACE at most */
bool revoked;

/* The client's store. */
byte store;
byte stored_for = GRACE; /* ticks since the store was last written, GRACE at most */
byte episode[THREADS] = IDLE;

/* What the formulas speak of. */
byte made = 1;
byte successors[TOKENS];
byte age[TOKENS];        /* as used_for, for every token and whatever the row says */
bool is_old[TOKENS];     /* the token was used before */
bool used_late;          /* somebody presented a token after its grace */
bool thief_used;         /* the thief presented a token */
bool logged_out;         /* a thread of the honest client was refused */

#define latest_rotation_rests (head > 0 && used_for[head - 1] < GRACE)
#ifdef KEEP_NEWEST
#define rests false
#define has_room(index, token) (index + LINKS > token)
#else
#define rests (links == LINKS && latest_rotation_rests)
#define has_room(index, token) true
#endif

/* Whether a party presents a token now: with SPACED each leaves a grace after the refresh before. */
#ifdef SPACED
#define may_present (!latest_rotation_rests)
#else
#define may_present true
#endif

/* Another than the newest link is not known to the row. */
#ifdef PREVIOUS_ONLY
#define in_grace(token) (kept[token] && used_for[token] < GRACE && token + 1 == head)
#else
#define in_grace(token) (kept[token] && used_for[token] < GRACE)
#endif

/* Keeps the links that are in their grace, and that of the token which is replaced now. */
inline keep_links(token) {
  links = 1;
  for (index : 0 .. TOKENS - 1) {
    if
    :: index != token && kept[index] && used_for[index] < GRACE && has_room(index, token) -> links++
    :: else -> kept[index] = false
    fi
  }
  index = 0;
  kept[token] = true;
  used_for[token] = 0
}

/* One call of the function: the row is locked from its first line to its last. */
inline present(token, seen_head, outcome, answer) {
  used_late = used_late || (is_old[token] && age[token] == GRACE);
  answer = token;
  if
  :: revoked -> outcome = revoked_before
  :: !revoked && token == seen_head && !rests && made < TOKENS ->
     outcome = rotated;
     answer = made;
     made++;
     successors[token]++;
     is_old[token] = true;
     keep_links(token);
     head = answer
  :: !revoked && token == seen_head && rests -> outcome = converged
  :: !revoked && token != seen_head && in_grace(token) ->
     outcome = converged;
#ifdef GRACE_MOVES
     used_for[token] = 0;
#endif
#ifdef TWO_SUCCESSORS
     successors[token]++;
#endif
#ifdef OWN_SUCCESSOR
     answer = token + 1
#else
     answer = head
#endif
  :: !revoked && token != seen_head && !in_grace(token) ->
#ifdef LENIENT
     outcome = converged;
     answer = head
#else
     outcome = reused;
     revoked = true
#endif
  fi
}

inline say(party, token, outcome, answer) {
  printf("step present %d %d %e %d\n", party, token, outcome, answer)
}

#define is_refused (outcome == reused || outcome == revoked_before)

proctype Thread(byte me) {
  byte held, seen, answer, index;
  mtype outcome;

  do
  :: atomic {
       !logged_out && episode[me] == IDLE && stored_for >= LIFE -> episode[me] = 0;
       held = store
     }
     do
     ::
#ifdef NO_LOCK
        seen = head;
#endif
        atomic {
#ifndef NO_LOCK
          seen = head;
#endif
          present(held, seen, outcome, answer);
          say(me, held, outcome, answer);
          seen = 0;
          if
          :: is_refused -> logged_out = true; break
          :: !is_refused -> answer = 0     /* the answer is lost */
#ifdef UNORDERED
          :: !is_refused -> break
#else
          :: !is_refused -> store = answer; stored_for = 0; break
#endif
          fi
        }
        if
        :: skip                             /* presents its copy again */
#ifdef UNORDERED
        :: store != held -> held = IDLE; break   /* uses what another thread has stored */
#else
        :: held = store                     /* presents what another thread has stored */
#endif
        fi
     od;
#ifdef UNORDERED
     if
     :: held == IDLE
     :: atomic { held != IDLE && !logged_out -> store = answer; stored_for = 0 }
     fi;
#endif
     atomic { held = 0; answer = 0; outcome = 0; episode[me] = IDLE }
  od
}

/* A client of one thread whose answers arrive, for the formula that asks for an end. */
proctype SpacedClient() {
  byte seen, answer, index;
  mtype outcome;

  do
  :: atomic {
       !logged_out && may_present ->
       seen = head;
       present(store, seen, outcome, answer);
       say(0, store, outcome, answer);
       if
       :: is_refused -> logged_out = true
       :: !is_refused -> store = answer
       fi;
       seen = 0;
       answer = 0;
       outcome = 0
     }
  od
}

/* Steals from the store, now and then, and uses what it has. */
proctype Thief() {
  byte held = IDLE;
  byte seen, answer, index;
  mtype outcome;

  do
  :: held == IDLE && !revoked -> held = store
  :: atomic {
       held != IDLE && may_present ->
       seen = head;
       present(held, seen, outcome, answer);
       say(NOBODY, held, outcome, answer);
       thief_used = true;
       held = (is_refused -> IDLE : answer);
       answer = 0;
       seen = 0;
       outcome = 0
     }
  od
}

#define may_tick(thread) (episode[thread] == IDLE || episode[thread] < EPISODE)
#if THREADS == 1
#define all_may_tick may_tick(0)
#elif THREADS == 2
#define all_may_tick (may_tick(0) && may_tick(1))
#else
#define all_may_tick (may_tick(0) && may_tick(1) && may_tick(2))
#endif

proctype Clock() {
  byte index;
  do
  :: atomic {
       all_may_tick ->
       for (index : 0 .. TOKENS - 1) {
         used_for[index] = (is_old[index] && used_for[index] < GRACE -> used_for[index] + 1 : used_for[index]);
         age[index] = (is_old[index] && age[index] < GRACE -> age[index] + 1 : age[index])
       }
       for (index : 0 .. THREADS - 1) {
         episode[index] = (episode[index] == IDLE -> IDLE : episode[index] + 1)
       }
       index = 0;
       stored_for = (stored_for < GRACE -> stored_for + 1 : stored_for);
       printf("step tick\n")
     }
  od
}

init {
  byte me;
  atomic {
    run Clock();
#ifdef SPACED
    run SpacedClient();
#else
    for (me : 0 .. THREADS - 1) {
      run Thread(me)
    }
#endif
#ifdef THIEF
    run Thief()
#endif
  }
}

/* Whoever is honest stays logged in until a thief has used a token. */
ltl stays_logged_in { [] (logged_out -> thief_used) }

/* A token that comes back after its grace ends the family, whoever presents it. */
ltl late_use_ends_the_family { [] (used_late -> revoked) }

/* A token is replaced by one token, however often it is presented. */
ltl one_successor { [] (successors[0] <= 1 && successors[1] <= 1 && successors[2] <= 1 && successors[3] <= 1) }

#ifdef SPACED
/* Where both refresh with more than a grace between them, as clients do, a theft ends with the family. */
ltl theft_is_found { [] (thief_used -> <> revoked) }
#endif
