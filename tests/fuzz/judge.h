/* judge.h - the checker's two sides held against each other. Private to tests/fuzz. */
#ifndef FTBLAB_FUZZ_JUDGE_H
#define FTBLAB_FUZZ_JUDGE_H

#include "fuzz.h"

/* Judge RECORDS exactly, as a summary, and as a stream from the first record on: the first two must give the same
 * verdict byte for byte, and the third must conform or violate where the first does, but for one known difference. */
void ftblab_fuzz_judge_all(const ftblab_trace_header *header, const ftblab_check_options *options,
                           const ftblab_record *records, size_t count);

#endif
