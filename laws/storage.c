/* storage.c - how long a checkpoint takes where its size and the bandwidth of the storage are known.
 *
 * All nodes write at once and share the bandwidth; each writes its memory, or what of it is in a checkpoint. That is
 * G. Gibson, B. Schroeder, J. Digney, Failure tolerance in petascale computers, CTWatch Quarterly, November 2007: 45 TB
 * of Jaguar's memory at 55 GB/s are 818 s, "on the order of 13 minutes". What a checkpoint takes besides (to stop, to
 * start) is left out. */
#include "laws.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ftblab_storage_costs(const ftblab_storage *storage, double nodes, double memory, ftblab_costs *costs)
{
  double read = storage->read > 0 ? storage->read : storage->write;
  costs->checkpoint = nodes * memory / storage->write;
  costs->restart = nodes * memory / read;
}

/* The factor of a unit of LENGTH bytes: B, kB, MB, GB, TB, PB by thousands, KiB to PiB by 1024. 0: no such unit. */
static double factor_of(const char *unit, size_t length)
{
  static const char prefixes[] = "kMGTP";
  if (length == 0 || (length == 1 && *unit == 'B'))
    return 1;
  const char *prefix = strchr(prefixes, *unit == 'K' ? 'k' : *unit);
  if (prefix == NULL || *prefix == '\0')
    return 0;
  double power = (double)(prefix - prefixes + 1);
  if (length == 2 && unit[1] == 'B')
    return pow(1000, power);
  return length == 3 && memcmp(unit + 1, "iB", 2) == 0 ? pow(1024, power) : 0;
}

/* A number with a unit, and behind that the END of a rate, which may be there or not. */
static bool parse(const char *string, bool is_rate, double *number)
{
  char *unit;
  double value = strtod(string, &unit);
  size_t length = strlen(unit);
  if (is_rate && length > 2 && (strcmp(unit + length - 2, "/s") == 0 || strcmp(unit + length - 2, "ps") == 0))
    length -= 2;
  double factor = factor_of(unit, length);
  if (unit == string || factor == 0 || !(value >= 0) || isinf(value * factor))
    return false;
  *number = value * factor;
  return true;
}

ftblab_status ftblab_bytes_parse(const char *string, double *bytes, ftblab_error *err)
{
  return parse(string, false, bytes) ? FTBLAB_OK
                                     : ftblab_fail(err, FTBLAB_EINPUT,
                                                   "'%s' is no size: a number with B, kB, MB, GB, TB, PB or KiB to PiB "
                                                   "is wanted",
                                                   string);
}

ftblab_status ftblab_rate_parse(const char *string, double *rate, ftblab_error *err)
{
  return parse(string, true, rate)
             ? FTBLAB_OK
             : ftblab_fail(err, FTBLAB_EINPUT,
                           "'%s' is no bandwidth: a number with B/s, kB/s, MB/s, GB/s, TB/s, PB/s "
                           "or KiB/s to PiB/s is wanted",
                           string);
}
