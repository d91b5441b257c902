/* made_trace.h - traces made from the tables: for the tests that compare the checker with what is known of a trace.
 *
 * What order the rows have is worked out here from the definition of conformance, not taken from the checker: a catch
 * follows its throw, rows of one component follow each other, and so on through others. */
#ifndef FTBLAB_TESTS_MADE_TRACE_H
#define FTBLAB_TESTS_MADE_TRACE_H

#include "conformance.h"
#include "spec.h"

#define FTBLAB_MADE_OWNERS 16
#define FTBLAB_MADE_RANKS 2 /* of a job that a row is quantified over */
#define FTBLAB_MADE_ITEMS (2 * FTBLAB_MAX_ROWS)
#define FTBLAB_MADE_ROOM 1024

typedef struct ftblab_made_record {
  const char *component, *event, *instance, *channel;
  ftblab_action action;
  char payload[160];
  int row, owner, member; /* of which row of which instance; row -1: of none, member -1: of no set */
  bool spoiled;           /* it was made wrong */
} ftblab_made_record;

typedef struct ftblab_made_trace {
  ftblab_made_record records[FTBLAB_MADE_ROOM];
  size_t count;
} ftblab_made_trace;

/* What the variables of one instance stand for. */
typedef struct ftblab_made_values {
  char node[32], spare[32], job[32], iface[32], ifaces[64];
  int64_t first_rank;
} ftblab_made_values;

/* The order of a workflow by the definition. */
typedef struct ftblab_made_order {
  uint64_t direct[FTBLAB_MAX_ROWS]; /* rows that must come before row r for a reason of its own */
  uint64_t before[FTBLAB_MAX_ROWS]; /* and through others */
} ftblab_made_order;

void ftblab_made_order_of(const ftblab_workflow *w, ftblab_made_order *order);
/* Values that no other NUMBER has. */
void ftblab_made_values_of(ftblab_made_values *values, int number);
/* Row ROW of W, for member MEMBER of the set it is asked of (-1: it is not). */
ftblab_made_record ftblab_made_row(const ftblab_spec *spec, const ftblab_workflow *w, size_t row, int member,
                                   const ftblab_made_values *values, int owner);
/* An instance of W, in a random order that it allows, of random branches of its choices, behind what T holds. */
void ftblab_made_instance(ftblab_made_trace *t, const ftblab_spec *spec, const ftblab_workflow *w,
                          const ftblab_made_values *values, int owner, ftblab_random *random);
/* Records of one owner keep their order; which comes next is drawn. */
void ftblab_made_interleave(ftblab_made_trace *t, int owners, ftblab_random *random);
void ftblab_made_insert(ftblab_made_trace *t, size_t at, const ftblab_made_record *record);
void ftblab_made_remove(ftblab_made_trace *t, size_t at);
/* As the checker takes it, as line LINE. The slices are the record's own. */
ftblab_record ftblab_made_as_record(const ftblab_made_record *record, uint64_t line);
/* FTBLAB_TEST_ROUNDS in the environment, or NORMAL. */
size_t ftblab_made_rounds(size_t normal);
void ftblab_made_print(const ftblab_made_trace *t);

#endif
