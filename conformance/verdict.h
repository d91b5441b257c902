/* verdict.h - a verdict in memory, as report.c fills it and the writers print it. Private to conformance/. */
#ifndef FTBLAB_VERDICT_H
#define FTBLAB_VERDICT_H

#include "spec.h"

typedef struct ftblab_violation {
  const char *kind;  /* static: "missing" */
  const char *step;  /* of the spec, or NULL */
  uint64_t line;     /* 0: none */
  const char *event; /* of the spec, or the verdict's own */
  bool own_event;
  char *message;
  char *expected; /* or NULL */
  uint64_t cause; /* line; 0: none */
} ftblab_violation;

typedef struct ftblab_step_result {
  const char *status; /* static */
  uint64_t line;      /* 0: none */
  int64_t t;
} ftblab_step_result;

typedef struct ftblab_binding_result {
  const char *variable; /* of the spec */
  char *text;
} ftblab_binding_result;

typedef struct ftblab_instance_result {
  const ftblab_workflow *workflow;
  const char **also;
  size_t also_count;
  ftblab_binding_result *bindings;
  size_t binding_count;
  ftblab_verdict_kind kind;
  uint64_t first_line, last_line;
  uint64_t judged; /* records that no instance before it has */
  int phases;
  ftblab_step_result *steps; /* workflow->row_count of them */
  ftblab_violation *violations;
  size_t violation_count, violation_capacity;
} ftblab_instance_result;

/* Most instances, and most findings outside instances, that a verdict lists; more are counted. */
#define FTBLAB_LISTED_INSTANCES 1000

/* Instances of a workflow that are counted and not listed. */
typedef struct ftblab_tally {
  uint64_t instances[FTBLAB_UNDECIDED]; /* by kind */
  uint64_t violations;
} ftblab_tally;

struct ftblab_verdict {
  const ftblab_spec *spec;
  char *trace;
  ftblab_verdict_kind kind;
  struct {
    uint64_t read, judged, ignored, bad, backwards;
  } records;
  ftblab_instance_result *instances;
  size_t instance_count, instance_capacity;
  ftblab_violation *violations; /* of records that belong to no instance */
  size_t violation_count, violation_capacity;
  ftblab_tally *tallies; /* by workflow; NULL: every instance is listed */
  uint64_t unlisted;     /* violations of records that belong to no instance, beyond those listed */
  const char **never;    /* chosen workflows that no instance exercised */
  size_t never_count;
};

/* Instances that are counted only, as a pretend-instance; see verdict_text.c. Fill in what follows from the rest: workflows
 * of CHOSEN never exercised, the kind. False: no memory. */
bool ftblab_verdict_complete(ftblab_verdict *v, uint64_t chosen);
size_t ftblab_verdict_count(const ftblab_verdict *verdict, ftblab_verdict_kind kind); /* instances of KIND */
/* False: no memory; the strings of V are then still the caller's. */
bool ftblab_violations_add(ftblab_violation **list, size_t *count, size_t *capacity, const ftblab_violation *v);

#endif
