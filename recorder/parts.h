/* parts.h - what the files of recorder/ share. Private to recorder/.
 *
 * Two processes: the listener (ftb.c, pmix.c) lives in the child with the foreign library and writes messages into a
 * pipe; the recording (recording.c) reads them and writes lines. */
#ifndef FTBLAB_RECORDER_PARTS_H
#define FTBLAB_RECORDER_PARTS_H

#include "recording.h"

/* ---- messages from the listener ------------------------------------------------------------------------------- */

typedef enum ftblab_message_kind {
  FTBLAB_MESSAGE_CONNECTED, /* note: to what */
  FTBLAB_MESSAGE_EVENT,
  FTBLAB_MESSAGE_REFUSED,  /* the library cannot be used at all; note: why */
  FTBLAB_MESSAGE_MISNAMED, /* FTB does not take a name that the user gave; note: why */
  FTBLAB_MESSAGE_FAILED    /* no connection, or it is lost; note: why */
} ftblab_message_kind;

/* Longest strings, with NUL: those of FTB API 0.5, or of PMIx 4 where these are longer. */
#define FTBLAB_MESSAGE_NAME 64
#define FTBLAB_MESSAGE_SPACE 64
#define FTBLAB_MESSAGE_CLIENT 288 /* a PMIx namespace (255) and a rank */
#define FTBLAB_MESSAGE_HOST 256
#define FTBLAB_MESSAGE_PAYLOAD 1024
#define FTBLAB_MESSAGE_NOTE 1024

/* One struct, written and read whole. It is smaller than PIPE_BUF, so that a pipe never tears it. */
typedef struct ftblab_message {
  ftblab_message_kind kind;
  ftblab_action action;
  int64_t t;
  char event[FTBLAB_MESSAGE_NAME];
  char space[FTBLAB_MESSAGE_SPACE];
  char client[FTBLAB_MESSAGE_CLIENT];  /* who threw it */
  char component[FTBLAB_MESSAGE_NAME]; /* "": by the event space */
  char host[FTBLAB_MESSAGE_HOST];
  char severity[FTBLAB_MESSAGE_NAME];
  char jobid[FTBLAB_MESSAGE_NAME];
  char started[FTBLAB_MESSAGE_NAME]; /* when its process began, as FTB writes it */
  long pid;                          /* 0: not known */
  int type;                          /* 1 normal, 2 response; 0: not known */
  int extension;
  bool has_seq;
  uint16_t seq;
  size_t payload_length;
  char payload[FTBLAB_MESSAGE_PAYLOAD];
  char note[FTBLAB_MESSAGE_NOTE];
} ftblab_message;

/* ---- ftb.c, pmix.c: listeners --------------------------------------------------------------------------------- */

/* Both run in the child until FTBLAB_STOP is set there or nothing can be done any more, and write messages to PIPE. */
void ftblab_listen_to_ftb(const ftblab_recording_options *options, int pipe, const volatile sig_atomic_t *stop);
void ftblab_listen_to_pmix(const ftblab_recording_options *options, int pipe, const volatile sig_atomic_t *stop);

/* message.c: for listeners. The time is now. */
void ftblab_message_start(ftblab_message *message, ftblab_message_kind kind);
void ftblab_message_send(const ftblab_message *message, int pipe);
void ftblab_message_tell(ftblab_message_kind kind, int pipe, const char *format, ...) FTBLAB_PRINTF(3, 4);
/* Copy FROM, of which LENGTH bytes are there with or without a NUL, and end it. */
void ftblab_message_copy(char *to, size_t room, const char *from, size_t length);
int64_t ftblab_recording_clock(void);                                     /* nanoseconds since 1970 */
void *ftblab_library_open(const char *path, const char *usual, int pipe); /* NULL: told why */
/* The function NAME of LIBRARY, put at FUNCTION; false: told that there is none. */
bool ftblab_library_find(void *library, const char *name, void *function, int pipe);

/* ---- child.c: the process of the listener ------------------------------------------------------------------------ */

typedef struct ftblab_child {
  int process; /* 0: there is none */
  int events;  /* its messages; -1: closed */
  int words;   /* what its library says on its standard output and error; -1: closed */
} ftblab_child;

ftblab_status ftblab_child_start(ftblab_child *child, const ftblab_recording_options *options, ftblab_error *err);
void ftblab_child_ask_to_end(const ftblab_child *child);
/* Close the pipes, end it if it did not, and say in WORDS how it ended: "ended with status 255". */
void ftblab_child_finish(ftblab_child *child, char *words, size_t room);

/* ---- publishers.c: gaps in what a publisher numbered ------------------------------------------------------------ */

#define FTBLAB_SEQ_WRAPS 65536
/* Did events of this one's publisher go missing before it? False: no memory. */
bool ftblab_publishers_see(ftblab_numbering *publishers, const ftblab_message *message, uint32_t *missed,
                           uint32_t *first);

/* ---- roles.c, payload.c ------------------------------------------------------------------------------------------ */

/* Append the component that publishes in SPACE, as the workflow tables name it. */
void ftblab_role_of_space(const ftblab_recording_options *options, const char *space, ftblab_text *text);
/* Append the payload of LENGTH raw bytes: text up to its first NUL. False: it is binary, and was appended as text with
 * \xNN for each byte that is none. */
bool ftblab_payload_of_bytes(const char *bytes, size_t length, bool response, ftblab_text *text);

/* ---- event_lines.c: instead of records --------------------------------------------------------------------------- */

void ftblab_event_line(const ftblab_message *message, const ftblab_text *payload, ftblab_text *text);
void ftblab_remark_line(int64_t t, const char *event, const char *payload, const char *note, ftblab_text *text);

/* ---- lines.c: the output ---------------------------------------------------------------------------------------- */

typedef struct ftblab_lines_file ftblab_lines_file;
/* FTBLAB_EUSAGE: it is there and not to be appended to. *FRESH: it has nothing in it yet. */
ftblab_status ftblab_lines_file_open(const char *path, bool append, ftblab_lines_file **file, bool *fresh,
                                     ftblab_error *err);
/* Write TEXT, whole lines. FTBLAB_EIO: the file ends behind the last whole line that could be written. */
ftblab_status ftblab_lines_file_write(ftblab_lines_file *file, const ftblab_text *text, ftblab_error *err);
uint64_t ftblab_lines_file_count(const ftblab_lines_file *file); /* lines that were written */
void ftblab_lines_file_sync(ftblab_lines_file *file);            /* down to the disk, where that can be asked */
ftblab_status ftblab_lines_file_close(ftblab_lines_file *file, ftblab_error *err);

#endif
