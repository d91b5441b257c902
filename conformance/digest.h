/* digest.h - a branch's entries by what they are: who did what. So a row finds the entries that may satisfy it without
 * looking at all of them, and what does not depend on a reading is worked out once for all readings. Private to
 * align.c, settle.c and digest.c. */
#ifndef FTBLAB_DIGEST_H
#define FTBLAB_DIGEST_H

#include "check.h"

/* Entries of one role, action and event, in the order of the trace. */
typedef struct kin {
  int role, event;
  ftblab_action action;
  uint32_t first, count;     /* in digest.entries */
  value instance;            /* of the first of them */
  bool several;              /* instances */
  const ftblab_row *members; /* the row for which digest.is_first is worked out; NULL: for none yet */
  /* of a workflow, see align.c: bits: rows of theirs; rows of their event and action; rows that throw their event */
  uint64_t own_rows, alike_rows, throw_rows;
  /* of a reading as a workflow, see align.c */
  uint64_t empty, taken; /* bits: rows of theirs without an entry; rows of their event and action that have one */
  uint32_t filled;       /* the first row of theirs that has one; UINT32_MAX */
  uint32_t chosen;       /* of them, by rows */
  bool of_members, counts_as_thrown;
  int8_t may_hear;
} kin;

/* Room for the entries of a reading that satisfy no row. */
typedef struct extra_lists {
  entry **entries;
  uint8_t *kinds;
  uint32_t *rows;
} extra_lists;

struct digest {
  ftblab_exact *checker;
  const branch *branch;
  entry **entries; /* without those of other values */
  kin *kins;
  uint32_t kin_count;
  uint32_t *kin_of;  /* scratch */
  uint8_t *is_first; /* by place in ENTRIES: the first of its member, see kin.members */
  extra_lists extras[2];
  uint32_t capacity;
  void *memory;
  bool no_memory; /* something failed for lack of it: no reading is to be trusted */
};

/* Of B, in the scratch of the checker: it holds until the next is made. NULL: no memory. */
digest *ftblab_digest_make(ftblab_exact *checker, const branch *b);
void ftblab_digest_free(digest *d);                                                       /* may be NULL */
const kin *ftblab_digest_kin(const digest *d, int role, ftblab_action action, int event); /* NULL: there is none */
/* Was E's event thrown before it? */
bool ftblab_digest_thrown_before(const digest *d, const entry *e);
/* As ftblab_carries_what_was_thrown. */
bool ftblab_digest_carries(const digest *d, const ftblab_row *row, const entry *e);
/* Is E the first entry of its member for ROW, which is asked of each? */
bool ftblab_digest_is_first(digest *d, const ftblab_row *row, const entry *e);

#endif
