/* explain.h - what stands behind a finding: notation.c writes rows and records, explain.c says what was allowed, which
 * guard excluded the record and what it goes back to, edit.c how the trace would conform, late.c judges deadlines.
 * Private to conformance/. */
#ifndef FTBLAB_EXPLAIN_H
#define FTBLAB_EXPLAIN_H

#include "check.h"
#include "verdict.h"

/* notation.c: "Monitoring System catch CONFIRM_NODES_DEAD (nodes: {n5})" */
void ftblab_notate_row(const ftblab_exact *checker, const ftblab_row *row, const binding *bound, ftblab_text *text);
void ftblab_notate_entry(const ftblab_exact *checker, const entry *e, ftblab_text *text);
void ftblab_notate_roles(const ftblab_exact *checker, uint64_t roles, ftblab_text *text); /* "MPI, RM/JS" */

/* explain.c: fills V. S is the instance, or NULL; ROW a row of it, or NO_ROW; E the record, or NULL.
 * False: no memory. */
#define NO_ROW SIZE_MAX
bool ftblab_explain(ftblab_exact *checker, const settled *s, size_t row, const entry *e, ftblab_violation *v);

/* The rows that S allowed before LINE, appended to TEXT. */
void ftblab_explain_allowed(const ftblab_exact *checker, const settled *s, uint64_t line, ftblab_text *text);

/* edit.c: the edit that mends V. False: no memory. */
bool ftblab_edit_row(ftblab_exact *checker, const settled *s, size_t row, ftblab_violation *v);
bool ftblab_edit_extra(ftblab_exact *checker, const settled *s, const entry *e, ftblab_violation *v);
bool ftblab_edit_defect(ftblab_exact *checker, const settled *s, size_t row, const entry *e, record_defect defect,
                        ftblab_violation *v);
bool ftblab_edit_stray(ftblab_exact *checker, const entry *e, ftblab_violation *v);
/* Takes WORDS over. */
bool ftblab_edit_change(ftblab_exact *checker, uint64_t line, const char *key, ftblab_text *words, ftblab_violation *v);
bool ftblab_edit_remove(ftblab_exact *checker, uint64_t line, ftblab_violation *v);

/* A record that is wrong in one instance and lacks in another that shares it is mended by one edit: what would be added
 * is the changed record. False: no memory. */
bool ftblab_edit_unite(ftblab_verdict *verdict);

/* report.c: add V with what MESSAGE and EXPECTED hold, which are freed; OK false: there was no memory. */
ftblab_status ftblab_add_to_instance(ftblab_instance_result *in, ftblab_violation v, bool ok, ftblab_text *message,
                                     ftblab_text *expected, ftblab_error *err);

/* late.c: deadlines of an instance: adds to IN what is late, what is nearly late, and all margins. */
ftblab_status ftblab_report_late(ftblab_exact *checker, const settled *s, ftblab_instance_result *in,
                                 ftblab_error *err);

#endif
