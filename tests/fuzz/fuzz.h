/* fuzz.h - what the fuzz targets share. A target is a program that is given bytes and must hold whatever they are.
 *
 *   fuzz_NAME.c   a target: LLVMFuzzerTestOneInput of libFuzzer
 *   fuzz.c        the standard, memory streams and verdicts for all of them
 *   replay.c      a main that gives a target the files it is named, where there is no libFuzzer
 *   seeds         a corpus to begin with, made of the traces, scenarios and tables of this repository
 *   regressions/  inputs that once broke something, NAME-...; ctest replays them
 *
 * What a target finds wrong it says and aborts: that is how libFuzzer takes notice. */
#ifndef FTBLAB_FUZZ_H
#define FTBLAB_FUZZ_H

#include "conformance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Must hold for any input. */
void ftblab_fuzz_must(bool holds, const char *what);
/* No input may make the program run out of memory or be a bug. */
void ftblab_fuzz_is_no_bug(ftblab_status status, const ftblab_error *err);
const ftblab_spec *ftblab_fuzz_spec(void); /* read once, lives as long as the program */
FILE *ftblab_fuzz_stream(const uint8_t *data, size_t size);
/* Bytes as a JSON document; NULL: they are none. */
ftblab_json *ftblab_fuzz_json(const uint8_t *data, size_t size);
/* The verdict on the trace STREAM; ends STREAM. OPTIONS as for a checker. Bad records are skipped. */
ftblab_verdict *ftblab_fuzz_judge(FILE *stream, const ftblab_check_options *options);
/* The trace of this repository that is called NAME. */
FILE *ftblab_fuzz_trace(const char *name);
/* Write VERDICT in every format, and forget it. */
void ftblab_fuzz_write_all(const ftblab_verdict *verdict);

#endif
