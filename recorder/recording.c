/* recording.c - the recording itself: starts the listener, writes what it tells, starts another one when it ends.
 *
 * What happens to the recording stands in the trace as facts of the component "Recorder": RECORDER_CONNECTED,
 * RECORDER_LOST (the connection; events may be missing until the next RECORDER_CONNECTED), RECORDER_GAP (a publisher's
 * numbers), RECORDER_OVERFLOW (of the library's queue), RECORDER_WARNING (what the library said), RECORDER_ENDED. */
#include "parts.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All in nanoseconds; chosen, no source. Between two tries to connect, doubled up to the longest: an FTB agent is
 * replaced in less than 0.2 s, and a cluster that is down is asked often enough. */
#define SHORTEST_RETRY 100000000
#define LONGEST_RETRY 10000000000
/* How long a listener may take to disconnect: a library that has lost its agent blocks for a minute. */
#define FAREWELL 2000000000
#define LONGEST_WAIT 250000000 /* between two looks at what the user wants */

#define MESSAGES_AT_ONCE 16

typedef struct recording {
  const ftblab_recording_options *options;
  ftblab_recording_result *result;
  ftblab_lines_file *file;
  ftblab_numbering *publishers;
  ftblab_child child;
  ftblab_text lines;   /* that are not written yet */
  ftblab_text payload; /* of the record at hand */
  ftblab_text note;
  ftblab_text component;
  int64_t now, deadline, next_try, retry;
  bool fresh, connected, ended;
  char reason[FTBLAB_MESSAGE_NOTE]; /* why the connection failed or is lost */
  ftblab_status refusal;            /* the listener says that no other try can help */
  uint64_t dropped;                 /* by the library's queue, not yet told */
  char words[4096];                 /* of the library: the beginning of a line */
  size_t words_used;
  char messages[MESSAGES_AT_ONCE * sizeof(ftblab_message)];
  size_t messages_used;
} recording;

static const char *library_name(const recording *r)
{
  return r->options->source == FTBLAB_RECORD_PMIX ? "libpmix" : "libftb";
}

static void say(const recording *r, const char *format, ...) FTBLAB_PRINTF(2, 3);
static void say(const recording *r, const char *format, ...)
{
  char words[FTBLAB_MESSAGE_NOTE + 256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(words, sizeof words, format, arguments);
  va_end(arguments);
  if (r->options->say != NULL)
    r->options->say(r->options->say_argument, words);
}

/* ---- records ------------------------------------------------------------------------------------------------ */

static ftblab_slice slice(const char *string)
{
  return *string ? (ftblab_slice){string, strlen(string)} : (ftblab_slice){NULL, 0};
}

static ftblab_slice slice_of_text(const ftblab_text *text)
{
  return text->length > 0 ? (ftblab_slice){text->data, text->length} : (ftblab_slice){NULL, 0};
}

static void add_record(recording *r, const ftblab_record *record)
{
  ftblab_record_write(record, &r->lines);
}

/* A fact about the recording; PAYLOAD and NOTE may be "". */
static void add_fact(recording *r, int64_t t, const char *event, const char *payload, const char *note)
{
  if (r->options->as_lines) {
    ftblab_remark_line(t, event, payload, note, &r->lines);
    return;
  }
  ftblab_record record = {.t = t, .action = FTBLAB_FACT, .component = slice("Recorder"), .event = slice(event)};
  record.payload = slice(payload);
  record.note = slice(note);
  add_record(r, &record);
}

static void add_lost(recording *r, int64_t t, const char *event, uint64_t lost, const char *note)
{
  char payload[32];
  snprintf(payload, sizeof payload, "lost: %llu", (unsigned long long)lost);
  add_fact(r, t, event, payload, note);
}

static void tell_dropped(recording *r, int64_t t)
{
  if (r->dropped == 0)
    return;
  add_lost(r, t, "RECORDER_OVERFLOW", r->dropped, "the library's queue was full, it dropped the oldest events");
  if (*r->options->subscription != '\0') /* else the gaps count them */
    r->result->lost += r->dropped;
  r->dropped = 0;
}

/* Gaps mean something only if everything is subscribed to. */
static bool note_gap(recording *r, const ftblab_message *message)
{
  uint32_t missed, first;
  char note[sizeof message->space + sizeof message->client + sizeof message->host + 128];
  if (!message->has_seq || *r->options->subscription != '\0')
    return true;
  if (!ftblab_publishers_see(r->publishers, message, &missed, &first))
    return false;
  if (missed == 0)
    return true;
  snprintf(note, sizeof note, "numbers %u to %u of %s, client %s, pid %ld at %s", first,
           (first + missed - 1) & UINT16_MAX, message->space, message->client, message->pid, message->host);
  add_lost(r, message->t, "RECORDER_GAP", missed, note);
  r->result->lost += missed;
  return true;
}

static void fill_note(recording *r, const ftblab_message *message, bool is_binary)
{
  ftblab_text *note = &r->note;
  if (*message->jobid != '\0')
    ftblab_text_addf(note, "job %s", message->jobid);
  if (message->pid != 0)
    ftblab_text_addf(note, "%spid %ld", note->length > 0 ? ", " : "", message->pid);
  if (*message->started != '\0')
    ftblab_text_addf(note, "%sstarted %s", note->length > 0 ? ", " : "", message->started);
  if (*message->note != '\0')
    ftblab_text_addf(note, "%s%s", note->length > 0 ? ", " : "", message->note);
  if (is_binary)
    ftblab_text_addf(note, "%sbinary payload", note->length > 0 ? ", " : "");
}

static const char *type_name(int type)
{
  return type == 1 ? "normal" : type == 2 ? "response" : type == 0 ? "" : "unknown";
}

/* What was thrown, as a record of the role that throws in its space. */
static void add_throw(recording *r, const ftblab_message *message, bool text)
{
  char nameless[32];
  ftblab_text_clear(&r->note);
  ftblab_text_clear(&r->component);
  fill_note(r, message, !text);
  if (*message->component != '\0')
    ftblab_text_add(&r->component, message->component);
  else
    ftblab_role_of_space(r->options, message->space, &r->component);
  snprintf(nameless, sizeof nameless, "pid %ld", message->pid);
  ftblab_record record = {.t = message->t, .action = message->action, .has_seq = message->has_seq, .seq = message->seq};
  record.component = slice_of_text(&r->component);
  record.instance = slice(*message->client || message->pid == 0 ? message->client : nameless);
  record.host = slice(message->host);
  record.event = slice(*message->event ? message->event : "UNNAMED");
  record.payload = slice_of_text(&r->payload);
  record.severity = slice(message->severity);
  record.type = slice(type_name(message->type));
  record.space = slice(message->space);
  record.note = slice_of_text(&r->note);
  add_record(r, &record);
}

static void add_event(recording *r, const ftblab_message *message)
{
  ftblab_text_clear(&r->payload);
  bool text = ftblab_payload_of_bytes(message->payload, message->payload_length, message->type == 2, &r->payload);
  if (r->options->as_lines)
    ftblab_event_line(message, &r->payload, &r->lines);
  else
    add_throw(r, message, text);
  r->result->events++;
  r->lines.failed |= r->payload.failed || r->note.failed || r->component.failed;
}

static ftblab_status write_lines(recording *r, ftblab_error *err)
{
  if (r->lines.failed)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the recording; %llu lines of it are saved",
                       (unsigned long long)ftblab_lines_file_count(r->file));
  if (r->lines.length == 0)
    return FTBLAB_OK;
  ftblab_status status = ftblab_lines_file_write(r->file, &r->lines, err);
  ftblab_text_clear(&r->lines);
  return status;
}

/* ---- what the listener tells ---------------------------------------------------------------------------------- */

static void add_header(recording *r)
{
  ftblab_trace_header header = {.present = true, .start = FTBLAB_START_MID};
  header.observes[FTBLAB_THROW] = true; /* a subscriber sees what was thrown, not who caught it */
  snprintf(header.source, sizeof header.source, "ftblab record, %s", library_name(r));
  ftblab_trace_header_write(&header, &r->lines);
}

static void take_connected(recording *r, const ftblab_message *message)
{
  if (r->fresh && !r->options->as_lines)
    add_header(r);
  r->fresh = false;
  if (r->result->connections > 0)
    say(r, "connected again");
  r->result->connections++;
  r->connected = true;
  r->retry = SHORTEST_RETRY;
  add_fact(r, message->t, "RECORDER_CONNECTED", "", message->note);
}

static ftblab_status take_message(recording *r, const ftblab_message *message, ftblab_error *err)
{
  switch (message->kind) {
  case FTBLAB_MESSAGE_CONNECTED:
    take_connected(r, message);
    break;
  case FTBLAB_MESSAGE_EVENT:
    tell_dropped(r, message->t);
    if (!note_gap(r, message))
      return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the recording");
    add_event(r, message);
    r->ended = r->options->count > 0 && r->result->events >= r->options->count;
    break;
  case FTBLAB_MESSAGE_REFUSED:
  case FTBLAB_MESSAGE_MISNAMED:
    r->refusal = message->kind == FTBLAB_MESSAGE_REFUSED ? FTBLAB_EINPUT : FTBLAB_EUSAGE;
    snprintf(r->reason, sizeof r->reason, "%s", message->note);
    break;
  case FTBLAB_MESSAGE_FAILED:
    snprintf(r->reason, sizeof r->reason, "%s", message->note);
    break;
  }
  return FTBLAB_OK;
}

/* Read what is there. *OVER: the listener has closed its end. */
static ftblab_status read_messages(recording *r, bool *over, ftblab_error *err)
{
  ssize_t got = read(r->child.events, r->messages + r->messages_used, sizeof r->messages - r->messages_used);
  *over = got == 0;
  if (got <= 0)
    return FTBLAB_OK;
  r->messages_used += (size_t)got;
  size_t at = 0;
  ftblab_status status = FTBLAB_OK;
  for (; r->messages_used - at >= sizeof(ftblab_message) && status == FTBLAB_OK && !r->ended;
       at += sizeof(ftblab_message)) {
    ftblab_message message;
    memcpy(&message, r->messages + at, sizeof message);
    status = take_message(r, &message, err);
  }
  r->messages_used -= at;
  memmove(r->messages, r->messages + at, r->messages_used);
  ftblab_status written = write_lines(r, status == FTBLAB_OK ? err : NULL);
  return status != FTBLAB_OK ? status : written;
}

/* ---- what the library says ------------------------------------------------------------------------------------ */

/* LINE without what FTB puts before its words: "[FTBU_WARNING][FILE: line L][hostname:H]". */
static const char *bare_words(const char *line)
{
  const char *words = line;
  for (int brackets = 0; brackets < 3; brackets++) {
    if (*words != '[' || strchr(words, ']') == NULL)
      return line;
    words = strchr(words, ']') + 1;
  }
  return words;
}

static void take_words(recording *r, const char *line)
{
  const char *words = bare_words(line);
  if (strstr(words, "queue is full") != NULL) { /* FTB says it for each event that it drops */
    r->dropped++;
    return;
  }
  if (*words == '\0')
    return;
  say(r, "%s: %s", library_name(r), words);
  if (!r->fresh)
    add_fact(r, ftblab_recording_clock(), "RECORDER_WARNING", "", words);
}

/* Read what is there; what is no whole line yet waits. *OVER: nothing will come any more. */
static void read_words(recording *r, bool *over)
{
  ssize_t got = read(r->child.words, r->words + r->words_used, sizeof r->words - 1 - r->words_used);
  *over = got == 0;
  if (got > 0)
    r->words_used += (size_t)got;
  r->words[r->words_used] = '\0';
  char *line = r->words, *end;
  while ((end = strchr(line, '\n')) != NULL || (*line != '\0' && (*over || r->words_used == sizeof r->words - 1))) {
    if (end != NULL)
      *end = '\0';
    take_words(r, line);
    line = end != NULL ? end + 1 : line + strlen(line);
  }
  r->words_used = strlen(line);
  memmove(r->words, line, r->words_used + 1);
}

/* ---- the life of a listener ------------------------------------------------------------------------------------ */

static void read_last_words(recording *r)
{
  bool over = false;
  for (size_t before = SIZE_MAX; !over && r->words_used != before;) {
    before = r->words_used;
    read_words(r, &over);
    if (r->words_used == 0 && !over)
      break;
  }
}

/* The process that the user named is the whole reason to record: with it the recording is over. */
static bool is_server_gone(const ftblab_recording_options *options)
{
  return options->server > 0 && kill((pid_t)options->server, 0) != 0 && errno == ESRCH;
}

/* The listener is over: say so, and when the next one starts. An error if there was no first connection. */
static ftblab_status take_end(recording *r, ftblab_error *err)
{
  char end[128];
  read_last_words(r);
  ftblab_child_finish(&r->child, end, sizeof end);
  r->messages_used = r->words_used = 0;
  if (r->reason[0] == '\0')
    snprintf(r->reason, sizeof r->reason, "the process with %s %s", library_name(r), end);
  if (r->result->connections == 0 && (r->refusal != FTBLAB_OK || !r->options->wait))
    return ftblab_fail(err, r->refusal != FTBLAB_OK ? r->refusal : FTBLAB_EIO, "nothing was recorded: %s", r->reason);
  int64_t t = ftblab_recording_clock();
  tell_dropped(r, t);
  if (r->connected)
    add_fact(r, t, "RECORDER_LOST", "", r->reason);
  if (!r->ended)
    say(r, "%s: %s; next try in %.1f s", r->connected ? "the connection is lost" : "no connection", r->reason,
        (double)r->retry / 1e9);
  r->connected = false;
  r->reason[0] = '\0';
  r->ended = is_server_gone(r->options);
  r->refusal = FTBLAB_OK;
  r->next_try = t + r->retry;
  r->retry = r->retry * 2 < LONGEST_RETRY ? r->retry * 2 : LONGEST_RETRY;
  return write_lines(r, err);
}

/* Wait until something comes or it is time to look around. */
static ftblab_status wait_and_read(recording *r, ftblab_error *err)
{
  int64_t next = r->now + LONGEST_WAIT;
  bool over = false, mute = false;
  if (r->child.process == 0 && r->next_try < next)
    next = r->next_try;
  if (r->deadline > 0 && r->deadline < next)
    next = r->deadline;
  struct pollfd sources[] = {{.fd = r->child.events, .events = POLLIN}, {.fd = r->child.words, .events = POLLIN}};
  if (poll(sources, FTBLAB_COUNT(sources), next > r->now ? (int)((next - r->now + 999999) / 1000000) : 0) <= 0)
    return FTBLAB_OK;
  if (sources[1].revents != 0)
    read_words(r, &mute);
  ftblab_status status = sources[0].revents != 0 ? read_messages(r, &over, err) : write_lines(r, err);
  if (status == FTBLAB_OK && over)
    status = take_end(r, err);
  if (mute && r->child.words >= 0) { /* closed early: it would be readable for ever */
    close(r->child.words);
    r->child.words = -1;
  }
  return status;
}

static void report(recording *r)
{
  if (!*r->options->wants_report)
    return;
  *r->options->wants_report = 0;
  ftblab_lines_file_sync(r->file);
  say(r, "%llu events, %llu lost, %s", (unsigned long long)r->result->events, (unsigned long long)r->result->lost,
      r->connected ? "connected" : "not connected");
}

static bool is_over(recording *r)
{
  r->now = ftblab_recording_clock();
  return r->ended || *r->options->stop || (r->deadline > 0 && r->now >= r->deadline);
}

/* Let the listener disconnect, and read what it still has. */
static ftblab_status say_farewell(recording *r, ftblab_error *err)
{
  int64_t until = ftblab_recording_clock() + FAREWELL;
  bool over = r->child.process == 0;
  char end[128];
  ftblab_status status = FTBLAB_OK;
  ftblab_child_ask_to_end(&r->child);
  while (!over && status == FTBLAB_OK && !r->ended && ftblab_recording_clock() < until) {
    struct pollfd source = {.fd = r->child.events, .events = POLLIN};
    if (poll(&source, 1, 100) > 0)
      status = read_messages(r, &over, err);
  }
  if (r->child.process != 0) {
    bool mute;
    if (r->child.words >= 0)
      read_words(r, &mute);
    ftblab_child_finish(&r->child, end, sizeof end);
  }
  return status;
}

static ftblab_status record_until_told(recording *r, ftblab_error *err)
{
  ftblab_status status = FTBLAB_OK;
  while (status == FTBLAB_OK && !is_over(r)) {
    report(r);
    if (r->child.process == 0 && r->now >= r->next_try)
      status = ftblab_child_start(&r->child, r->options, err);
    if (status == FTBLAB_OK)
      status = wait_and_read(r, err);
  }
  return status;
}

/* The last lines, also after a failure if there is something to write to. */
static ftblab_status end_recording(recording *r, ftblab_error *err)
{
  char note[128];
  int64_t t = ftblab_recording_clock();
  if (r->result->connections == 0)
    return ftblab_fail(err, FTBLAB_EIO, "nothing was recorded: there was no connection");
  tell_dropped(r, t);
  snprintf(note, sizeof note, "%llu events, %llu lost, %llu connections", (unsigned long long)r->result->events,
           (unsigned long long)r->result->lost, (unsigned long long)r->result->connections);
  add_fact(r, t, "RECORDER_ENDED", "", note);
  return write_lines(r, err);
}

static ftblab_status run(recording *r, ftblab_error *err)
{
  ftblab_error later = {0};
  ftblab_status status = record_until_told(r, err);
  bool may_write = status != FTBLAB_EIO && status != FTBLAB_ENOMEM;
  ftblab_status farewell = may_write ? say_farewell(r, &later) : (ftblab_child_ask_to_end(&r->child), FTBLAB_OK);
  if (r->child.process != 0) {
    char end[128];
    ftblab_child_finish(&r->child, end, sizeof end);
  }
  if (status == FTBLAB_OK && farewell == FTBLAB_OK)
    return end_recording(r, err);
  if (status == FTBLAB_OK && err != NULL)
    *err = later;
  return status != FTBLAB_OK ? status : farewell;
}

/* ---- what the user asks for ------------------------------------------------------------------------------------- */

/* Three parts of letters, digits and underscores: with fewer, libftb 0.6.2 crashes. */
static bool is_space(const char *space)
{
  int parts = 1;
  size_t length = 0, at = 0;
  for (; space[at] != '\0'; at++) {
    bool dot = space[at] == '.';
    if (dot ? length == 0
            : strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", space[at]) == NULL)
      return false;
    parts += dot;
    length = dot ? 0 : length + 1;
  }
  return parts == 3 && length > 0 && at < FTBLAB_MESSAGE_SPACE;
}

static ftblab_status check_names(const ftblab_recording_options *options, ftblab_error *err)
{
  const size_t longest = 15; /* FTB API 0.5: 16 with the NUL */
  if (!is_space(options->space))
    return ftblab_fail(
        err, FTBLAB_EUSAGE,
        "'%s' is no event space: three names of letters, digits and _ with dots between, under 64 in all",
        options->space);
  if (strlen(options->client) > longest)
    return ftblab_fail(err, FTBLAB_EUSAGE, "client name '%s' is longer than FTB's %zu characters", options->client,
                       longest);
  if (strlen(options->jobid) > longest)
    return ftblab_fail(err, FTBLAB_EUSAGE, "job '%s' is longer than FTB's %zu characters", options->jobid, longest);
  return FTBLAB_OK;
}

static recording *new_recording(const ftblab_recording_options *options, ftblab_recording_result *result)
{
  recording *r = calloc(1, sizeof *r);
  if (r == NULL || (r->publishers = ftblab_numbering_new(FTBLAB_SEQ_WRAPS)) == NULL) {
    free(r);
    return NULL;
  }
  r->options = options;
  r->result = result;
  r->child = (ftblab_child){.events = -1, .words = -1};
  r->retry = SHORTEST_RETRY;
  r->now = ftblab_recording_clock();
  r->deadline = options->duration > 0 ? r->now + options->duration : 0;
  return r;
}

static void free_recording(recording *r)
{
  ftblab_numbering_free(r->publishers);
  ftblab_text_free(&r->lines);
  ftblab_text_free(&r->payload);
  ftblab_text_free(&r->note);
  ftblab_text_free(&r->component);
  free(r);
}

ftblab_status ftblab_recording_run(const ftblab_recording_options *options, ftblab_recording_result *result,
                                   ftblab_error *err)
{
  *result = (ftblab_recording_result){0};
  ftblab_status status = check_names(options, err);
  if (status != FTBLAB_OK)
    return status;
  recording *r = new_recording(options, result);
  if (r == NULL)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for the recording");
  status = ftblab_lines_file_open(options->output, options->append, &r->file, &r->fresh, err);
  if (status == FTBLAB_OK) {
    status = run(r, err);
    result->lines = ftblab_lines_file_count(r->file);
    ftblab_status closed = ftblab_lines_file_close(r->file, status == FTBLAB_OK ? err : NULL);
    status = status != FTBLAB_OK ? status : closed;
  }
  free_recording(r);
  return status;
}
