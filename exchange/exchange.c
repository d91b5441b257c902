/* exchange.c - which form it is. */
#include <string.h>

#include "fields.h"

bool ftblab_exchange_of(const char *name, ftblab_exchange *exchange)
{
  static const char *const names[] = {"xes", "csv"};
  for (size_t i = 0; i < FTBLAB_COUNT(names); i++)
    if (strcmp(names[i], name) == 0) {
      *exchange = (ftblab_exchange)i;
      return true;
    }
  return false;
}

void ftblab_exchange_write(const ftblab_log *log, const ftblab_cases *cases, ftblab_exchange as, ftblab_text *text)
{
  if (as == FTBLAB_XES)
    ftblab_xes_write(log, cases, text);
  else
    ftblab_csv_write(log, cases, text);
}

ftblab_status ftblab_exchange_read(ftblab_log *log, FILE *stream, const char *name, ftblab_exchange as,
                                   ftblab_error *err)
{
  ftblab_status status =
      as == FTBLAB_XES ? ftblab_xes_read(log, stream, name, err) : ftblab_csv_read(log, stream, name, err);
  return status == FTBLAB_OK ? ftblab_log_settle(log, name, err) : status;
}
