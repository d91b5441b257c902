/* spec_render.h - what the renderings of the standard share. Private to conformance/. */
#ifndef FTBLAB_SPEC_RENDER_H
#define FTBLAB_SPEC_RENDER_H

#include "spec.h"

#define FTBLAB_PAGE_WIDTH 100

/* STRING broken at spaces so that no line passes column FTBLAB_PAGE_WIDTH; lines after the first begin at column
 * INDENT, the first goes on where the text is, which must be there too. Ends with a newline. */
void ftblab_render_wrapped(ftblab_text *text, const char *string, size_t indent);
/* Spaces until the current line has COLUMN characters (at least one if it is already that long). */
void ftblab_render_column(ftblab_text *text, size_t column);
size_t ftblab_render_width(const char *string); /* characters, not bytes */
/* "a, b, c" of the roles in SET, "-" for none. */
void ftblab_render_roles(const ftblab_spec *spec, ftblab_text *text, uint64_t set);
/* One paragraph for each erratum, PLACE in front. */
void ftblab_render_errata(ftblab_text *text, const ftblab_erratum *errata, size_t count, const char *place);
/* "for each of ranks, optional, if outcome is done" of ROW; nothing for a row of the document's own tables. */
void ftblab_render_quantity(const ftblab_spec *spec, ftblab_text *text, const ftblab_row *row);
/* "2(a) RM/JS catch Check Problem Node": the row as one name, the same in every form that is exported. */
void ftblab_render_row_name(const ftblab_spec *spec, ftblab_text *text, const ftblab_row *row);
/* May ROW be absent although its phase and branch take place? */
bool ftblab_row_may_be_absent(const ftblab_row *row);
void ftblab_export_dot(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text);
void ftblab_export_pnml(const ftblab_spec *spec, const ftblab_workflow *workflow, ftblab_text *text);
const char *ftblab_render_channel(ftblab_channel channel);
const char *ftblab_render_type(ftblab_event_kind type);
/* FTBLAB_ENOMEM if TEXT has failed, else FTBLAB_OK. */
ftblab_status ftblab_render_done(const ftblab_text *text, ftblab_error *err);
/* There is nothing under ID: FTBLAB_EUSAGE, with the nearest id. */
ftblab_status ftblab_render_unknown(const ftblab_spec *spec, const char *id, const char *what, ftblab_error *err);

#endif
