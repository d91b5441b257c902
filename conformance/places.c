/* places.c - where records were read, if that is not the line that they have in their trace: in a log, or in one of
 * several. */
#include "verdict.h"

#include <string.h>

static const ftblab_origin *place_of(const ftblab_places *places, uint64_t line)
{
  return places != NULL && line > 0 && line <= places->count ? &places->at[line - 1] : NULL;
}

line_text ftblab_line_text(const ftblab_places *places, uint64_t line)
{
  line_text words;
  const ftblab_origin *place = place_of(places, line);
  uint64_t number = ftblab_line_number(places, line);
  if (place == NULL || !places->several) {
    snprintf(words.text, sizeof words.text, "%llu", (unsigned long long)number);
    return words;
  }
  const char *slash = strrchr(place->file, '/');
  snprintf(words.text, sizeof words.text, "%.60s:%llu", slash != NULL ? slash + 1 : place->file,
           (unsigned long long)number);
  return words;
}

uint64_t ftblab_line_number(const ftblab_places *places, uint64_t line)
{
  const ftblab_origin *place = place_of(places, line);
  return place == NULL ? line : place->line;
}

const char *ftblab_line_file(const ftblab_places *places, uint64_t line, const char *trace)
{
  const ftblab_origin *place = place_of(places, line);
  return place == NULL ? trace : place->file;
}

void ftblab_line_range(const ftblab_places *places, const ftblab_instance_result *in, uint64_t *first, uint64_t *last)
{
  *first = in->first_line;
  *last = in->last_line;
  for (size_t i = 0; i < in->line_count && places != NULL && !places->several; i++) {
    uint64_t line = ftblab_line_number(places, in->lines[i]);
    if (line < ftblab_line_number(places, *first))
      *first = in->lines[i];
    if (line > ftblab_line_number(places, *last))
      *last = in->lines[i];
  }
}

void ftblab_verdict_set_places(ftblab_verdict *verdict, const ftblab_places *places)
{
  verdict->places = places;
  for (size_t i = 0; i < verdict->violation_count; i++)
    verdict->violations[i].places = places;
  for (size_t i = 0; i < verdict->instance_count; i++)
    for (size_t v = 0; v < verdict->instances[i].violation_count; v++)
      verdict->instances[i].violations[v].places = places;
}
