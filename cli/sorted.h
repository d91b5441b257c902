/* sorted.h - records held back until the end of a trace, then judged by time (check --sort). Memory in proportion
 * to the trace. */
#ifndef FTBLAB_SORTED_H
#define FTBLAB_SORTED_H

#include "conformance.h"

typedef struct ftblab_sorted ftblab_sorted;
ftblab_status ftblab_sorted_new(ftblab_sorted **sorted, ftblab_error *err);
void ftblab_sorted_free(ftblab_sorted *sorted);
ftblab_status ftblab_sorted_add(ftblab_sorted *sorted, const ftblab_record *record,
                                ftblab_error *err); /* copies RECORD */
/* Give all records to CHECKER by time, those of one time in the order of their lines. */
ftblab_status ftblab_sorted_check(ftblab_sorted *sorted, ftblab_checker *checker, ftblab_error *err);

#endif
