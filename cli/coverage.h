/* coverage.h - the part "coverage" of the command "spec". */
#ifndef FTBLAB_COVERAGE_H
#define FTBLAB_COVERAGE_H

#include "command.h"
#include "conformance.h"

/* What the scenarios and traces at PATHS exercise, appended to TEXT, with a summary of the parts REQUIRED (or NULL) and
 * whether all of them is exercised. A path that ends in ".json" is a scenario, which is simulated; any other is a
 * trace, '-' standard input. FTBLAB_EUSAGE: REQUIRED names what there is not. */
ftblab_status ftblab_measure_coverage(const ftblab_spec *spec, const char *const *paths, size_t count,
                                      const char *required, bool json, ftblab_text *text, bool *met, ftblab_error *err);

#endif
