/* pmix_abi.h - what a tool and libpmix agree on since PMIx 4.0, as far as the recorder uses it: a few types and values
 * of pmix_common.h, so that nothing of PMIx is needed to build. tests/record/pmix_abi.c compares them with the header
 * where that is installed. Private to pmix.c. */
#ifndef FTBLAB_PMIX_ABI_H
#define FTBLAB_PMIX_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  PMIX_ABI_NAMESPACE_SIZE = 256,
  PMIX_ABI_KEY_SIZE = 512,
  PMIX_ABI_STRING = 3, /* types of values */
  PMIX_ABI_PID = 5,
  PMIX_ABI_INT = 6,
  PMIX_ABI_STATUS = 20,
  PMIX_ABI_PROC = 22,
  PMIX_ABI_DATA_ARRAY = 39,
  PMIX_ABI_SUCCESS = 0,
  PMIX_ABI_LOST_CONNECTION = -61,
  PMIX_ABI_ACTION_COMPLETE = -334
};
#define PMIX_ABI_FIRST_SPECIAL_RANK (UINT32_MAX - 50) /* ranks from here on are wildcards and the like */
#define PMIX_ABI_SERVER_PID "pmix.srvr.pidinfo"
#define PMIX_ABI_AFFECTED "pmix.evproc"
#define PMIX_ABI_AFFECTED_SEVERAL "pmix.evaffected"
#define PMIX_ABI_HOST "pmix.hname"
#define PMIX_ABI_EXIT_CODE "pmix.exit.code"
#define PMIX_ABI_TEXT "pmix.evtext"

struct pmix_abi_proc {
  char space[PMIX_ABI_NAMESPACE_SIZE];
  uint32_t rank;
};

struct pmix_abi_array {
  uint16_t type;
  size_t size;
  void *items;
};

struct pmix_abi_value {
  uint16_t type;
  union {
    char *string;
    int integer;
    struct pmix_abi_proc *proc;
    struct pmix_abi_array *array;
    void *room[3]; /* the largest member is an environment variable: two pointers and a character */
  } data;
};

struct pmix_abi_info {
  char key[PMIX_ABI_KEY_SIZE];
  uint32_t flags;
  struct pmix_abi_value value;
};

typedef void pmix_abi_done(int status, struct pmix_abi_info *results, size_t result_count,
                           void (*released)(int, void *), void *argument, void *notification);
typedef void pmix_abi_handler(size_t registration, int status, const struct pmix_abi_proc *source,
                              struct pmix_abi_info info[], size_t info_count, struct pmix_abi_info results[],
                              size_t result_count, pmix_abi_done *done, void *notification);
typedef void pmix_abi_registered(int status, size_t registration, void *argument);

typedef int pmix_abi_tool_init(struct pmix_abi_proc *self, struct pmix_abi_info info[], size_t info_count);
typedef int pmix_abi_tool_finalize(void);
typedef int pmix_abi_register(int codes[], size_t code_count, struct pmix_abi_info info[], size_t info_count,
                              pmix_abi_handler *handler, pmix_abi_registered *registered, void *argument);
typedef const char *pmix_abi_error_string(int status);

#endif
