/* libftb.c - a stand-in for the user's libftb.so (FTB API 0.5) that plays a script. The structs are written down here
 * for a second time, on purpose: a mistake in recorder/ftb_abi.h shows in the tests.
 *
 * $FTBLAB_STANDIN names the script; a file beside it says where it is, so that it goes on in the next process. A line:
 *
 *   refuse CODE                                         FTB_Connect returns CODE
 *   event SPACE NAME SEVERITY CLIENT SEQ [PAYLOAD]      FTB_Poll_event gives it; "-" for CLIENT is none
 *   answer SPACE NAME SEVERITY CLIENT SEQ [PAYLOAD]     the same as a response, with nothing behind its payload
 *   bytes SPACE NAME SEVERITY CLIENT SEQ HEX            a response with a binary payload
 *   long                                                an event whose names fill their arrays, without a NUL
 *   flood N                                             N events, as fast as they are asked for
 *   say WORDS                                           on standard error
 *   full N                                              says N times that the queue is full
 *   error CODE                                          FTB_Poll_event returns CODE
 *   quiet N                                             N times nothing
 *   exit CODE | crash | hang                            what a library must not do
 *
 * When the script is over there are no more events. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define NO_EVENT (-17)

typedef struct FTB_client {
  char client_schema_ver[8];
  char event_space[64];
  char client_name[16];
  char client_jobid[16];
  char client_subscription_style[32];
  int client_polling_queue_len;
} FTB_client_t;

typedef struct FTB_receive_event_info {
  char event_space[64];
  char event_name[32];
  char severity[16];
  char client_jobid[16];
  char client_name[16];
  uint8_t client_extension;
  uint16_t seqnum;
  struct {
    char hostname[64];
    char pid_starttime[32];
    pid_t pid;
  } incoming_src;
  uint8_t event_type;
  char event_payload[368];
} FTB_receive_event_t;

int FTB_Connect(const FTB_client_t *client, void **handle);
int FTB_Subscribe(void **subscription, void *client, const char *filter, int (*callback)(FTB_receive_event_t *, void *),
                  void *argument);
int FTB_Poll_event(void *subscription, FTB_receive_event_t *event);
int FTB_Unsubscribe(void **subscription);
int FTB_Disconnect(void *client);

static int here;           /* its address is a handle */
static long left;          /* of a flood or of silence */
static uint16_t flood_seq; /* of the flood's next event */

/* The next line of the script, and the place behind it kept; false: it is over. */
static int next_line(char *line, size_t size)
{
  const char *name = getenv("FTBLAB_STANDIN");
  char place[4096];
  long at = 0;
  FILE *script = name ? fopen(name, "r") : NULL;
  if (!script)
    return 0;
  snprintf(place, sizeof place, "%s.at", name);
  FILE *marker = fopen(place, "r");
  if (marker) {
    if (fscanf(marker, "%ld", &at) != 1)
      at = 0;
    fclose(marker);
  }
  fseek(script, at, SEEK_SET);
  int found = fgets(line, (int)size, script) != NULL;
  at = ftell(script);
  fclose(script);
  marker = fopen(place, "w");
  if (marker) {
    fprintf(marker, "%ld\n", at);
    fclose(marker);
  }
  line[found ? strcspn(line, "\n") : 0] = '\0';
  return found;
}

/* The next line is looked at; it is taken only if it begins with WORD. */
static int take_if(const char *word, char *line, size_t size)
{
  const char *name = getenv("FTBLAB_STANDIN");
  char place[4096], before[64] = "0\n";
  snprintf(place, sizeof place, "%s.at", name ? name : "");
  FILE *marker = fopen(place, "r");
  if (marker) {
    if (!fgets(before, sizeof before, marker))
      before[0] = '\0';
    fclose(marker);
  }
  if (next_line(line, size) && strncmp(line, word, strlen(word)) == 0)
    return 1;
  marker = fopen(place, "w");
  if (marker) {
    fputs(before, marker);
    fclose(marker);
  }
  return 0;
}

int FTB_Connect(const FTB_client_t *client, void **handle)
{
  char line[2048];
  if (strcmp(client->client_schema_ver, "0.5") != 0 || client->client_polling_queue_len < 64 ||
      strcmp(client->client_subscription_style, "FTB_SUBSCRIPTION_POLLING") != 0)
    return -3;
  if (take_if("refuse ", line, sizeof line))
    return atoi(line + 7);
  if (take_if("exit ", line, sizeof line)) /* what 0.6.2 does when it finds no bootstrap server */
    exit(atoi(line + 5));
  *handle = &here;
  return 0;
}

int FTB_Subscribe(void **subscription, void *client, const char *filter, int (*callback)(FTB_receive_event_t *, void *),
                  void *argument)
{
  (void)argument;
  if (client != &here)
    return -9;
  if (callback)
    return -7;
  if (strcmp(filter, "") != 0 && strcmp(filter, "severity=fatal") != 0)
    return -15;
  *subscription = &here;
  return 0;
}

static void fill(FTB_receive_event_t *event, const char *space, const char *name, const char *severity,
                 const char *client, unsigned seq)
{
  /* As real events do, it comes with rubbish behind its strings. */
  memset(event, 'x', sizeof *event);
  snprintf(event->event_space, sizeof event->event_space, "%s", space);
  snprintf(event->event_name, sizeof event->event_name, "%s", name);
  snprintf(event->severity, sizeof event->severity, "%s", severity);
  snprintf(event->client_name, sizeof event->client_name, "%s", strcmp(client, "-") == 0 ? "" : client);
  snprintf(event->client_jobid, sizeof event->client_jobid, "%s", "");
  snprintf(event->incoming_src.hostname, sizeof event->incoming_src.hostname, "10.0.0.7");
  snprintf(event->incoming_src.pid_starttime, sizeof event->incoming_src.pid_starttime, "Sat_Nov_21_325_01:56:48");
  event->incoming_src.pid = 4711;
  event->client_extension = 0;
  event->seqnum = (uint16_t)seq;
  event->event_type = 1;
}

static void fill_long(FTB_receive_event_t *event)
{
  memset(event, 'y', sizeof *event);
  event->incoming_src.pid = 1;
  event->event_type = 1;
}

static void fill_bytes(FTB_receive_event_t *event, const char *hex)
{
  for (size_t i = 0; i < sizeof event->event_payload && hex[2 * i] && hex[2 * i + 1]; i++) {
    char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};
    event->event_payload[i] = (char)strtoul(digits, NULL, 16);
  }
}

/* An event, an answer or bytes. */
static int give(FTB_receive_event_t *event, char *line)
{
  char space[128], name[128], severity[64], client[64];
  unsigned seq;
  int at = 0;
  if (sscanf(line, "%*s %127s %127s %63s %63s %u %n", space, name, severity, client, &seq, &at) < 5)
    abort();
  fill(event, space, name, severity, client, seq);
  if (strncmp(line, "event ", 6) != 0) {
    event->event_type = 2;
    memset(event->event_payload, 0, sizeof event->event_payload);
  }
  if (strncmp(line, "bytes ", 6) == 0)
    fill_bytes(event, line + at);
  else
    snprintf(event->event_payload, sizeof event->event_payload, "%s", line + at);
  return 0;
}

static int play(char *line, FTB_receive_event_t *event)
{
  if (strncmp(line, "event ", 6) == 0 || strncmp(line, "bytes ", 6) == 0 || strncmp(line, "answer ", 7) == 0)
    return give(event, line);
  if (strncmp(line, "error ", 6) == 0)
    return atoi(line + 6);
  if (strncmp(line, "exit ", 5) == 0)
    exit(atoi(line + 5));
  if (strcmp(line, "crash") == 0)
    abort();
  if (strcmp(line, "hang") == 0)
    for (;;)
      pause();
  if (strcmp(line, "long") == 0) {
    fill_long(event);
    return 0;
  }
  if (strncmp(line, "say ", 4) == 0)
    fprintf(stderr, "%s\n", line + 4);
  for (long i = strncmp(line, "full ", 5) == 0 ? atol(line + 5) : 0; i > 0; i--)
    fprintf(stderr, "[FTBU_WARNING][ftb_client_lib.c: line 396][hostname:n1]Event queue is full\n");
  if (strncmp(line, "flood ", 6) == 0)
    left = atol(line + 6);
  if (strncmp(line, "quiet ", 6) == 0)
    left = -atol(line + 6);
  return NO_EVENT;
}

int FTB_Poll_event(void *subscription, FTB_receive_event_t *event)
{
  char line[2048];
  if (subscription != &here)
    return -9;
  if (left > 0) {
    left--;
    fill(event, "FTB.RM.SLURM", "CHECK_NODES_DEAD", "INFO", "flood", ++flood_seq);
    snprintf(event->event_payload, sizeof event->event_payload, "nodes: {n%u}", flood_seq);
    return 0;
  }
  if (left < 0) {
    left++;
    return NO_EVENT;
  }
  return next_line(line, sizeof line) ? play(line, event) : NO_EVENT;
}

int FTB_Unsubscribe(void **subscription)
{
  return subscription ? 0 : -6;
}

int FTB_Disconnect(void *client)
{
  return client == &here ? 0 : -9;
}
