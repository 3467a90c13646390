/*
 * The rotation of a refresh token, as rotate_refresh_token does it, between the
 * threads of an honest client and a thief.
 *
 * Tokens are numbered in the order in which they are made; the code gave 0.
 * Time is counted in ticks: a token's grace lasts GRACE ticks from its first
 * use. `present` is the function; `head`, `kept`, `links`, `used_for` and
 * `revoked` are the family's row. What follows them is written for the formulas
 * only.
 *
 * The honest client has one store. A thread reads a token there, presents it
 * until an answer arrives, and stores the answer. That takes it EPISODE ticks
 * at most, less than half the grace. Then one of two things has to hold:
 *
 *   ordered     answers are stored in the order in which they were given, or
 *   UNORDERED   tokens are used for LIFE ticks before the next refresh.
 *
 * A client that does neither may store an old token over a new one, and use it
 * when its grace is over. No server can tell that from a theft: see HASTY.
 *
 * What a mutant takes out stands under #ifdef.
 */

#ifndef THREADS
#define THREADS 2
#endif
#ifndef TOKENS
#define TOKENS 5     /* made in one run at most */
#endif
#ifndef LINKS
#define LINKS 2      /* replaced tokens that the row keeps; 20 in SQL */
#endif
#ifndef GRACE
#define GRACE 3
#endif
#ifndef EPISODE
#define EPISODE 1
#endif
#if defined(UNORDERED) && !defined(HASTY)
#define LIFE GRACE
#else
#define LIFE 0
#endif

#define THIEF_ID THREADS
#define NONE 255

mtype = { rotated, converged, reused, revoked_before };

/* The family's row. */
byte head;                 /* the present token */
bool kept[TOKENS];         /* the row has the link from this token to its successor */
byte links;                /* how many it has */
byte used_for[TOKENS];     /* ticks since the token's first use, GRACE at most */
bool revoked;

/* The client's store, and for how long each thread has been refreshing. */
byte store;
byte stored_for = GRACE;   /* ticks, GRACE at most */
byte episode[THREADS] = NONE;

/* For the formulas. */
byte made = 1;
bool is_used[TOKENS];      /* the token has a successor */
byte age[TOKENS];          /* as used_for, of every token, whatever the row says */
bool two_successors;       /* a token was given a second one */
bool used_late;            /* somebody presented a token after its grace */
bool thief_used;           /* the thief presented a token */
bool logged_out;           /* a thread of the honest client was refused */

#define has_just_rotated (head > 0 && used_for[head - 1] < GRACE)

#if defined(NO_BOUND)
#define rests false
#define has_room(index, token) true
#elif defined(NO_REST)
#define rests false
#define has_room(index, token) (index + LINKS > token)
#else
#define rests (links == LINKS && has_just_rotated)
#define has_room(index, token) true
#endif

#ifdef PREVIOUS_ONLY
#define in_grace(token) (kept[token] && used_for[token] < GRACE && token + 1 == head)
#else
#define in_grace(token) (kept[token] && used_for[token] < GRACE)
#endif

#ifdef SPACED
#define may_present (!has_just_rotated)
#else
#define may_present true
#endif

/* The row keeps the links that are in their grace, and that of the token which is replaced now. */
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

inline replace(token) {
  two_successors = two_successors || is_used[token];
  is_used[token] = true;
  keep_links(token);
  head = made;
  made++;
  answer = head
}

/* One call of the function. The row is locked from the first look at it to the last write. */
inline present(token, seen_head) {
  used_late = used_late || (is_used[token] && age[token] == GRACE);
  if
  :: revoked -> outcome = revoked_before
  :: !revoked && token == seen_head && rests ->
     outcome = converged;
     answer = head
  :: !revoked && token == seen_head && !rests && made < TOKENS ->
     outcome = rotated;
     replace(token)
  :: !revoked && token != seen_head && in_grace(token) ->
     outcome = converged;
#ifdef GRACE_MOVES
     used_for[token] = 0;
#endif
#if defined(OWN_SUCCESSOR)
     answer = token + 1
#elif defined(NEW_SUCCESSOR)
     made < TOKENS;
     replace(token)
#else
     answer = head
#endif
  :: !revoked && token != seen_head && !in_grace(token) ->
#ifdef NO_REUSE
     outcome = converged;
     answer = head
#else
     outcome = reused;
     revoked = true
#endif
  fi
}

inline say(party, token) {
  printf("step present %d %d %e %d\n", party, token, outcome, answer)
}

#define is_refused (outcome == reused || outcome == revoked_before)

proctype Thread(byte me) {
  byte held, seen, answer, index;
  mtype outcome;

  do
  :: atomic {
       !logged_out && episode[me] == NONE && stored_for >= LIFE ->
       episode[me] = 0;
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
          present(held, seen);
          say(me, held);
          seen = 0;
          if
          :: is_refused -> logged_out = true; break
          :: !is_refused -> answer = 0               /* the answer is lost */
#ifdef UNORDERED
          :: !is_refused -> break
#else
          :: !is_refused -> store = answer; stored_for = 0; break
#endif
          fi
        }
        if
        :: skip                                      /* presents its copy again */
#ifdef UNORDERED
        :: store != held -> held = NONE; break       /* uses what another thread has stored */
#else
        :: held = store                              /* presents what another thread has stored */
#endif
        fi
     od;
#ifdef UNORDERED
     if
     :: held == NONE
     :: atomic { held != NONE && !logged_out -> store = answer; stored_for = 0 }
     fi;
#endif
     atomic { held = 0; answer = 0; outcome = 0; episode[me] = NONE }
  od
}

/* A client of one thread whose answers arrive. It leaves more than a grace between two refreshes. */
proctype SpacedClient() {
  byte seen, answer, index;
  mtype outcome;

  do
  :: atomic {
       !logged_out && may_present ->
       seen = head;
       present(store, seen);
       say(0, store);
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

/* Steals from the store, now and again, and presents what it has; with ANY_TOKEN it has every token that was made. */
proctype Thief() {
  byte held = NONE;
  byte seen, answer, index;
  mtype outcome;

  do
#ifdef ANY_TOKEN
  :: atomic { held == NONE && !revoked -> select(held : 0 .. made - 1) }
#else
  :: held == NONE && !revoked -> held = store
#endif
  :: atomic {
       held != NONE && may_present ->
       seen = head;
       present(held, seen);
       say(THIEF_ID, held);
       thief_used = true;
#ifdef ANY_TOKEN
       held = NONE;
#else
       held = (is_refused -> NONE : answer);
#endif
       seen = 0;
       answer = 0;
       outcome = 0
     }
  od
}

#define may_tick(thread) (episode[thread] == NONE || episode[thread] < EPISODE)
#if THREADS == 2
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
         used_for[index] = (is_used[index] && used_for[index] < GRACE -> used_for[index] + 1 : used_for[index]);
         age[index] = (is_used[index] && age[index] < GRACE -> age[index] + 1 : age[index])
       }
       for (index : 0 .. THREADS - 1) {
         episode[index] = (episode[index] == NONE -> NONE : episode[index] + 1)
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

/* The honest client stays logged in until a thief has used a token. */
ltl stays_logged_in { [] (logged_out -> thief_used) }

/* Whoever presents a token after its grace ends the family. */
ltl late_use_ends_the_family { [] (used_late -> revoked) }

/* The row keeps a few links, however fast tokens are replaced. */
ltl few_are_kept { [] (links <= LINKS) }

/* A token is replaced once, however often it is presented. */
ltl one_successor { [] !two_successors }

#ifdef SPACED
/* Where client and thief refresh with more than a grace between them, a theft ends the family. */
ltl theft_ends_the_family { [] (thief_used -> <> revoked) }
#endif
