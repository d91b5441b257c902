/* ftb_abi.h - what a program and libftb agree on in FTB API 0.5 (FTB 0.6.x): the layout of three structs and the
 * functions that the recorder calls. Written from the documented limits; nothing of FTB is needed to build. Private to
 * ftb.c and the stand-in library of the tests. */
#ifndef FTBLAB_FTB_ABI_H
#define FTBLAB_FTB_ABI_H

#include <stdint.h>

enum {
  FTB_API_SUCCESS = 0,
  FTB_API_NO_EVENT = -17, /* FTB_GOT_NO_EVENT */
  FTB_API_VERSION_SIZE = 8,
  FTB_API_SPACE_SIZE = 64,
  FTB_API_NAME_SIZE = 16, /* of a client, and of its job */
  FTB_API_STYLE_SIZE = 32,
  FTB_API_EVENT_SIZE = 32,
  FTB_API_SEVERITY_SIZE = 16,
  FTB_API_HOST_SIZE = 64,
  FTB_API_START_SIZE = 32,
  FTB_API_PAYLOAD_SIZE = 368
};

struct ftb_api_client {
  char version[FTB_API_VERSION_SIZE];
  char space[FTB_API_SPACE_SIZE];
  char name[FTB_API_NAME_SIZE];
  char jobid[FTB_API_NAME_SIZE];
  char style[FTB_API_STYLE_SIZE];
  int queue_length;
};

struct ftb_api_location {
  char host[FTB_API_HOST_SIZE];
  char started[FTB_API_START_SIZE];
  int32_t pid;
};

struct ftb_api_event {
  char space[FTB_API_SPACE_SIZE];
  char name[FTB_API_EVENT_SIZE];
  char severity[FTB_API_SEVERITY_SIZE];
  char jobid[FTB_API_NAME_SIZE];
  char client[FTB_API_NAME_SIZE];
  uint8_t extension;
  uint16_t seq;
  struct ftb_api_location source;
  uint8_t type;
  char payload[FTB_API_PAYLOAD_SIZE];
};

/* The two handles are pointers of the library. */
typedef int ftb_api_connect(const struct ftb_api_client *client, void **client_handle);
typedef int ftb_api_subscribe(void **subscription, void *client_handle, const char *filter,
                              int (*callback)(struct ftb_api_event *, void *), void *argument);
typedef int ftb_api_poll(void *subscription, struct ftb_api_event *event);
typedef int ftb_api_unsubscribe(void **subscription);
typedef int ftb_api_disconnect(void *client_handle);

#endif
