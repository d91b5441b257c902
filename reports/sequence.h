/* sequence.h - a sequence diagram before it is drawn: lanes, and entries from top to bottom. Private to reports/. */
#ifndef FTBLAB_SEQUENCE_H
#define FTBLAB_SEQUENCE_H

#include "subject.h"

#define FTBLAB_NOWHERE SIZE_MAX

/* A record of the trace, or one that a finding says is missing (a ghost). */
typedef struct ftblab_seq_item {
  ftblab_record record;
  bool ghost, chosen;
  size_t finding; /* its number, from 1; 0: nothing is wrong with it */
  size_t link;    /* of a catch: the item of its throw, or FTBLAB_NOWHERE */
  size_t entry;   /* of a throw: where it is drawn, or FTBLAB_NOWHERE */
} ftblab_seq_item;

/* Where an arrow ends: catches of one role that nothing tells apart. */
typedef struct ftblab_seq_end {
  size_t lane, count, finding;
  bool ghost;
  ftblab_text steps; /* "2(a)" */
} ftblab_seq_end;

typedef enum ftblab_seq_kind {
  FTBLAB_SEQ_THROW,
  FTBLAB_SEQ_CATCH, /* of a throw further up, or of none */
  FTBLAB_SEQ_FACT,
  FTBLAB_SEQ_REGISTER, /* only where something is wrong with it */
  FTBLAB_SEQ_LEFT_OUT
} ftblab_seq_kind;

typedef struct ftblab_seq_entry {
  ftblab_seq_kind kind;
  const ftblab_seq_item *item; /* its first record; NULL: left out */
  size_t lane;                 /* of the throw or registration */
  size_t from;                 /* of a catch: the entry of its throw, or FTBLAB_NOWHERE */
  size_t left_out;             /* how many records */
  ftblab_text steps;           /* of the throw */
  ftblab_text all_steps;       /* of the throw and its catches, with the instance where there are several */
  size_t last_instance;        /* whose steps were added last */
  ftblab_seq_end *ends;
  size_t end_count;
  double y; /* the drawing's own */
} ftblab_seq_entry;

typedef struct ftblab_sequence {
  ftblab_seq_item *items;
  size_t item_count;
  ftblab_names *lanes;
  ftblab_seq_entry *entries;
  size_t entry_count, entry_capacity;
  size_t left_out, registrations; /* records that are not drawn */
} ftblab_sequence;

/* Everything of SUBJECT, or where that is more than MOST entries, what matters most. */
ftblab_status ftblab_sequence_make(const ftblab_report *report, const ftblab_subject *subject, size_t most,
                                   ftblab_sequence *sequence, ftblab_error *err);
void ftblab_sequence_free(ftblab_sequence *sequence);
/* Is RECORD the fact of a failure, as the contract names them? */
bool ftblab_is_failure(const ftblab_record *record);

/* ---- marks.c: what a verdict says of the lines of its trace -------------------------------------------- */

typedef struct ftblab_row_mark {
  uint64_t line;
  size_t instance; /* from 1 */
  const char *step;
} ftblab_row_mark;

typedef struct ftblab_finding_mark {
  size_t number; /* from 1, in the order of the verdict */
  const cJSON *violation;
  size_t instance; /* from 1; 0: of none */
} ftblab_finding_mark;

typedef struct ftblab_marks {
  ftblab_row_mark *rows; /* by line */
  size_t row_count;
  ftblab_finding_mark *findings;
  size_t finding_count;
  size_t instance_count;
} ftblab_marks;
ftblab_status ftblab_marks_make(const cJSON *verdict, ftblab_marks *marks, ftblab_error *err);
void ftblab_marks_free(ftblab_marks *marks);
/* The first of the marks of LINE; the others follow. NULL: none. */
const ftblab_row_mark *ftblab_marks_of_line(const ftblab_marks *marks, uint64_t line);

#endif
