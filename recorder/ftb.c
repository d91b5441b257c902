/* ftb.c - the listener on a Fault Tolerance Backplane, API 0.5. It runs in the child process.
 *
 * It polls. A client with a callback (NOTIFY) that loses its agent is deaf for ever and is not told; a client that
 * polls is connected to another agent by the library, or gets an error. After an error this process ends, and the
 * recording starts another one: the library keeps too much state for a second FTB_Connect in one process. */
#include "parts.h"
#include "ftb_abi.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Events that the library keeps between two polls; beyond, it drops the oldest. Chosen, no source: 22 MB when full,
 * and a tenth of a second of the fastest flood that one agent was measured with (125,000 events a second). */
#define QUEUE_LENGTH 16384
/* Nanoseconds between two polls that gave nothing, doubled up to the longest. Chosen, no source: the delivery itself
 * takes about as long as the shortest (0.25 ms), and a person does not see the longest. */
#define SHORTEST_PAUSE 250000
#define LONGEST_PAUSE 8000000

typedef struct library {
  ftb_api_connect *connect;
  ftb_api_subscribe *subscribe;
  ftb_api_poll *poll;
  ftb_api_unsubscribe *unsubscribe;
  ftb_api_disconnect *disconnect;
} library;

static bool load(const char *path, library *ftb, int pipe)
{
  void *handle = ftblab_library_open(path, "libftb.so", pipe);
  return handle != NULL && ftblab_library_find(handle, "FTB_Connect", &ftb->connect, pipe) &&
         ftblab_library_find(handle, "FTB_Subscribe", &ftb->subscribe, pipe) &&
         ftblab_library_find(handle, "FTB_Poll_event", &ftb->poll, pipe) &&
         ftblab_library_find(handle, "FTB_Unsubscribe", &ftb->unsubscribe, pipe) &&
         ftblab_library_find(handle, "FTB_Disconnect", &ftb->disconnect, pipe);
}

/* The name of an error code of API 0.5. */
static const char *error_name(int code)
{
  static const char *const names[] = {"success",
                                      "FTB_ERR_GENERAL",
                                      "FTB_ERR_EVENTSPACE_FORMAT",
                                      "FTB_ERR_SUBSCRIPTION_STYLE",
                                      "FTB_ERR_INVALID_VALUE",
                                      "FTB_ERR_DUP_CALL",
                                      "FTB_ERR_NULL_POINTER",
                                      "FTB_ERR_NOT_SUPPORTED",
                                      "FTB_ERR_INVALID_FIELD",
                                      "FTB_ERR_INVALID_HANDLE",
                                      "FTB_ERR_DUP_EVENT",
                                      "FTB_ERR_INVALID_SCHEMA_FILE",
                                      "FTB_ERR_INVALID_EVENT_NAME",
                                      "FTB_ERR_INVALID_EVENT_TYPE",
                                      "FTB_ERR_SUBSCRIPTION_STR",
                                      "FTB_ERR_FILTER_ATTR",
                                      "FTB_ERR_FILTER_VALUE",
                                      "FTB_GOT_NO_EVENT",
                                      "FTB_FAILURE",
                                      "FTB_ERR_INVALID_PARAMETER",
                                      "FTB_ERR_NETWORK_GENERAL",
                                      "FTB_ERR_NETWORK_NO_ROUTE"};
  return code <= 0 && code > -(int)FTBLAB_COUNT(names) ? names[-code] : "an unknown error";
}

/* Codes that another try does not change: what the user asked for is wrong. */
static bool is_users_mistake(int code)
{
  return code == -2 || code == -4 || (code <= -14 && code >= -16);
}

static void tell_error(const char *call, int code, int pipe)
{
  ftblab_message_tell(is_users_mistake(code) ? FTBLAB_MESSAGE_MISNAMED : FTBLAB_MESSAGE_FAILED, pipe,
                      "%s returned %d (%s)", call, code, error_name(code));
}

static bool connect_and_subscribe(const library *ftb, const ftblab_recording_options *options, void **client,
                                  void **subscription, int pipe)
{
  struct ftb_api_client self = {.version = "0.5", .style = "FTB_SUBSCRIPTION_POLLING", .queue_length = QUEUE_LENGTH};
  ftblab_message_copy(self.space, sizeof self.space, options->space, strlen(options->space));
  ftblab_message_copy(self.name, sizeof self.name, options->client, strlen(options->client));
  ftblab_message_copy(self.jobid, sizeof self.jobid, options->jobid, strlen(options->jobid));
  int code = ftb->connect(&self, client);
  if (code != FTB_API_SUCCESS) {
    tell_error("FTB_Connect", code, pipe);
    return false;
  }
  code = ftb->subscribe(subscription, *client, options->subscription, NULL, NULL);
  if (code != FTB_API_SUCCESS) {
    tell_error("FTB_Subscribe", code, pipe);
    return false;
  }
  return true;
}

/* "INFO" and "info" are one severity. */
static void lower(char *word)
{
  for (; *word != '\0'; word++)
    *word = (char)tolower((unsigned char)*word);
}

static void send_event(const struct ftb_api_event *event, int pipe)
{
  ftblab_message message;
  ftblab_message_start(&message, FTBLAB_MESSAGE_EVENT);
  ftblab_message_copy(message.event, sizeof message.event, event->name, sizeof event->name);
  ftblab_message_copy(message.space, sizeof message.space, event->space, sizeof event->space);
  ftblab_message_copy(message.client, sizeof message.client, event->client, sizeof event->client);
  ftblab_message_copy(message.host, sizeof message.host, event->source.host, sizeof event->source.host);
  ftblab_message_copy(message.severity, sizeof message.severity, event->severity, sizeof event->severity);
  ftblab_message_copy(message.jobid, sizeof message.jobid, event->jobid, sizeof event->jobid);
  ftblab_message_copy(message.started, sizeof message.started, event->source.started, sizeof event->source.started);
  lower(message.severity);
  message.pid = event->source.pid;
  message.type = event->type;
  message.extension = event->extension;
  message.has_seq = true;
  message.seq = event->seq;
  message.payload_length = sizeof event->payload;
  memcpy(message.payload, event->payload, sizeof event->payload);
  ftblab_message_send(&message, pipe);
}

/* Poll until told to stop or an error comes. */
static void poll_events(const library *ftb, void *subscription, int pipe, const volatile sig_atomic_t *stop)
{
  /* A library that was built with tags writes its own fields behind the event. */
  union {
    struct ftb_api_event event;
    char room[4096];
  } caught;
  struct timespec pause = {.tv_nsec = SHORTEST_PAUSE};
  while (!*stop) {
    memset(&caught.event, 0, sizeof caught.event);
    int code = ftb->poll(subscription, &caught.event);
    if (code == FTB_API_SUCCESS) {
      send_event(&caught.event, pipe);
      pause.tv_nsec = SHORTEST_PAUSE;
    } else if (code == FTB_API_NO_EVENT) {
      nanosleep(&pause, NULL);
      pause.tv_nsec = pause.tv_nsec * 2 < LONGEST_PAUSE ? pause.tv_nsec * 2 : LONGEST_PAUSE;
    } else {
      tell_error("FTB_Poll_event", code, pipe);
      return;
    }
  }
}

void ftblab_listen_to_ftb(const ftblab_recording_options *options, int pipe, const volatile sig_atomic_t *stop)
{
  library ftb;
  void *client = NULL, *subscription = NULL;
  if (!load(options->library, &ftb, pipe) || !connect_and_subscribe(&ftb, options, &client, &subscription, pipe))
    return;
  ftblab_message_tell(FTBLAB_MESSAGE_CONNECTED, pipe, "subscribed to %s%s%s as client %s of %s",
                      *options->subscription ? "\"" : "", *options->subscription ? options->subscription : "all events",
                      *options->subscription ? "\"" : "", options->client, options->space);
  poll_events(&ftb, subscription, pipe, stop);
  if (*stop) {
    ftb.unsubscribe(&subscription);
    ftb.disconnect(client);
  }
}
