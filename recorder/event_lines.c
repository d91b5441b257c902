/* event_lines.c - the other form of a recording: a line an event as the FTB has it, and remarks behind '#'. The dialect
 * ftb-payload reads it (docs/dialects.md). Nothing is said yet of which role threw it: that is left to the reader. */
#include "parts.h"

#include <time.h>

/* In ISO 8601, UTC, to the nanosecond. */
static void add_time(int64_t t, ftblab_text *text)
{
  time_t seconds = (time_t)(t / 1000000000);
  char day[32] = "";
  struct tm parts;
  if (gmtime_r(&seconds, &parts) != NULL)
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  ftblab_text_addf(text, "%s.%09lldZ", day, (long long)(t % 1000000000));
}

void ftblab_event_line(const ftblab_message *message, const ftblab_text *payload, ftblab_text *text)
{
  add_time(message->t, text);
  ftblab_text_addf(text, " space=%s event=%s severity=%s client=%s jobid=%s host=%s", message->space,
                   *message->event ? message->event : "UNNAMED", message->severity, message->client, message->jobid,
                   message->host);
  ftblab_text_addf(text, " pid=%ld start=%s seq=%u type=%d payload=", message->pid, message->started,
                   (unsigned)message->seq, message->type);
  ftblab_text_add_json(text, ftblab_text_string(payload), payload->length);
  ftblab_text_add(text, "\n");
}

void ftblab_remark_line(int64_t t, const char *event, const char *payload, const char *note, ftblab_text *text)
{
  ftblab_text_add(text, "# ");
  add_time(t, text);
  ftblab_text_addf(text, " %s%s%s%s%s\n", event, *payload ? " " : "", payload, *note ? " " : "", note);
}
