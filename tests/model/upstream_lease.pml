/*
 * The refresh of one vault entry: lease_upstream_refresh, store_upstream_refresh
 * and release_upstream_refresh, between workers that find its access token too
 * old, and a provider.
 *
 * Access tokens and refresh tokens are numbered in the order in which the
 * provider makes them; it replaces the refresh token or leaves it, as it likes.
 * Time is counted in ticks: a lease lasts LEASE ticks. A worker gives up on a
 * provider after TIMEOUT ticks, which is less, and may be killed at any moment.
 * A worker whose request was answered may be slow to store.
 *
 * What a mutant takes out stands under #ifdef.
 */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef TOKENS
#define TOKENS 4        /* made in one run at most */
#endif
#ifndef LEASE
#define LEASE 2
#endif
#ifdef LONG_REQUEST
#define TIMEOUT LEASE
#else
#define TIMEOUT (LEASE - 1)
#endif

#define NOBODY 255      /* no worker, or one that was killed or has given up */
#define NO_REQUEST 255

mtype = { leased, fresh, busy, stored, released, lease_lost };

/* The entry's row. */
byte access, refresh;
byte holder = NOBODY;
bool is_leased;         /* refresh_leased_until is not null */
byte lease_left;        /* ticks until it */

/* The provider: the refresh token that it takes, and whether it takes older ones. */
byte taken_refresh;
byte made_access;

/* For how long each worker has been asking, and for the formulas. */
byte asking[WORKERS] = NO_REQUEST;
byte requests;
bool asked_twice;       /* two requests were under way */
bool went_back;         /* an older access token took a newer one's place */
bool asked_in_vain;     /* a worker asked though the entry held another token than it knew */
bool spent_unawares;    /* a spent refresh token was presented, and nobody had been told of a lapse */
bool told_of_lapse;

#ifdef NO_FRESH
#define is_fresh(known) false
#else
#define is_fresh(known) (access != known)
#endif
#ifdef NO_BUSY
#define is_busy false
#else
#define is_busy (is_leased && lease_left > 0)
#endif
#ifdef NO_HOLDER
#define holds(me) true
#else
#define holds(me) (holder == me)
#endif

inline lease(me, known) {
  if
  :: is_fresh(known) -> outcome = fresh
  :: !is_fresh(known) && is_busy -> outcome = busy
  :: !is_fresh(known) && !is_busy ->
     outcome = leased;
     lapsed = is_leased;
     told_of_lapse = told_of_lapse || lapsed;
     asked_in_vain = asked_in_vain || access != known;
     is_leased = true;
     lease_left = LEASE;
     holder = me
  fi
}

inline give_back() {
  is_leased = false;
  lease_left = 0;
  holder = NOBODY
}

inline store(me, new_access, new_refresh) {
  if
  :: holds(me) ->
     outcome = stored;
     went_back = went_back || new_access < access;
     access = new_access;
     refresh = new_refresh;
     give_back()
  :: else -> outcome = lease_lost
  fi
}

inline release(me) {
  if
  :: holds(me) ->
     outcome = released;
     give_back()
  :: else -> outcome = lease_lost
  fi
}

/* Of a worker that stops here: its lease runs out. The next attempt has a lease of its own. */
inline forget(me) {
  holder = (holder == me -> NOBODY : holder)
}

proctype Worker(byte me) {
  byte known, held, new_access, new_refresh;
  bool lapsed, was_answered;
  mtype outcome;

  do
  :: atomic {
       made_access < TOKENS - 1 ->
       known = access
     }
     /* Meanwhile another worker may refresh. */
     atomic {
       lease(me, known);
       printf("step lease %d %d %e %d\n", me, known, outcome, lapsed);
       if
       :: outcome == leased ->
          held = refresh;
          asking[me] = 0;
          requests++;
          asked_twice = asked_twice || requests > 1
       :: else
       fi
     }
     if
     :: outcome == leased ->
        /* The provider answers, or refuses, or its answer is lost. */
        atomic {
          if
          :: held == taken_refresh && made_access < TOKENS - 1 ->
             made_access++;
             new_access = made_access;
             if
             :: taken_refresh++
             :: skip
             fi;
             new_refresh = taken_refresh;
             was_answered = true
          :: held != taken_refresh ->
             spent_unawares = spent_unawares || !told_of_lapse
          :: skip                           /* a failure of the moment */
          fi
        }
        if
        :: atomic {                         /* the answer is lost, or the worker killed */
#ifdef RELEASE_UNANSWERED
             release(me);
#else
             forget(me);
#endif
             requests--;
             asking[me] = NO_REQUEST;
             printf("step forget %d\n", me)
           }
        :: atomic { requests--; asking[me] = NO_REQUEST };
           if
           :: was_answered ->
              atomic {
                store(me, new_access, new_refresh);
                printf("step store %d %d %d %e\n", me, new_access, new_refresh, outcome)
              }
           :: !was_answered ->
              atomic {
                release(me);
                printf("step release %d %e\n", me, outcome)
              }
           :: atomic {                      /* killed before it stores */
                forget(me);
                printf("step forget %d\n", me)
              }
           fi
        fi
     :: else
     fi;
     atomic { known = 0; held = 0; new_access = 0; new_refresh = 0; lapsed = false; was_answered = false; outcome = 0 }
  od
}

#define may_tick(worker) (asking[worker] == NO_REQUEST || asking[worker] < TIMEOUT)
#if WORKERS == 2
#define all_may_tick (may_tick(0) && may_tick(1))
#else
#define all_may_tick (may_tick(0) && may_tick(1) && may_tick(2))
#endif

proctype Clock() {
  byte index;

  do
  :: atomic {
       all_may_tick ->
       lease_left = (lease_left > 0 -> lease_left - 1 : 0);
       for (index : 0 .. WORKERS - 1) {
         asking[index] = (asking[index] == NO_REQUEST -> NO_REQUEST : asking[index] + 1)
       }
       index = 0;
       printf("step tick\n")
     }
  od
}

init {
  byte me;

  atomic {
    run Clock();
    for (me : 0 .. WORKERS - 1) {
      run Worker(me)
    }
  }
}

/* One refresh is under way at the provider at a time. */
ltl one_refresh { [] !asked_twice }

/* What another worker has refreshed is not refreshed again. */
ltl fresh_is_taken { [] !asked_in_vain }

/* Tokens are replaced by newer ones only. */
ltl newest_is_kept { [] !went_back }

/* A spent refresh token is presented only where a lease has lapsed, and its taker is told. */
ltl lapse_is_told { [] !spent_unawares }
