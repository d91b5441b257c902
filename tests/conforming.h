/* conforming.h - does a trace conform? By the definition of conformance, through every way to deal its records to
 * instances: nothing of the checker is used. */
#ifndef FTBLAB_TESTS_CONFORMING_H
#define FTBLAB_TESTS_CONFORMING_H

#include "made_trace.h"

/* Can every record of T that is of one of OWNERS (bits) be a row of an instance that goes as its table says, of the
 * workflows that are judged together with W, or an extra that is permitted? Each instance must be whole in the phases
 * that it began. JOB_NODES: nodes of jobs, as facts say, separated by blanks with one at either end. Not for rows that
 * are asked of each member of a set. */
bool ftblab_made_conforms(const ftblab_spec *spec, const ftblab_workflow *w, const ftblab_made_trace *t,
                          uint64_t owners, const char *job_nodes);

#endif
