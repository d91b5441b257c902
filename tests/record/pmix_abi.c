/* pmix_abi.c - recorder/pmix_abi.h against the header of PMIx, where that is installed. It proves by compiling. */
#include <pmix_common.h>

#include "pmix_abi.h"

#define SAME_PLACE(own, member, theirs, their_member) \
  _Static_assert(offsetof(struct own, member) == offsetof(theirs, their_member), #own "." #member)
#define SAME(own, theirs) _Static_assert((own) == (theirs), #theirs)

_Static_assert(sizeof(struct pmix_abi_proc) == sizeof(pmix_proc_t), "pmix_proc_t");
_Static_assert(sizeof(struct pmix_abi_array) == sizeof(pmix_data_array_t), "pmix_data_array_t");
_Static_assert(sizeof(struct pmix_abi_value) == sizeof(pmix_value_t), "pmix_value_t");
_Static_assert(sizeof(struct pmix_abi_info) == sizeof(pmix_info_t), "pmix_info_t");
SAME_PLACE(pmix_abi_proc, rank, pmix_proc_t, rank);
SAME_PLACE(pmix_abi_array, size, pmix_data_array_t, size);
SAME_PLACE(pmix_abi_array, items, pmix_data_array_t, array);
SAME_PLACE(pmix_abi_value, data, pmix_value_t, data);
SAME_PLACE(pmix_abi_info, flags, pmix_info_t, flags);
SAME_PLACE(pmix_abi_info, value, pmix_info_t, value);
SAME(PMIX_ABI_STRING, PMIX_STRING);
SAME(PMIX_ABI_PID, PMIX_PID);
SAME(PMIX_ABI_INT, PMIX_INT);
SAME(PMIX_ABI_STATUS, PMIX_STATUS);
SAME(PMIX_ABI_PROC, PMIX_PROC);
SAME(PMIX_ABI_DATA_ARRAY, PMIX_DATA_ARRAY);
SAME(PMIX_ABI_SUCCESS, PMIX_SUCCESS);
SAME(PMIX_ABI_LOST_CONNECTION, PMIX_ERR_LOST_CONNECTION);
SAME(PMIX_ABI_ACTION_COMPLETE, PMIX_EVENT_ACTION_COMPLETE);
_Static_assert(PMIX_ABI_FIRST_SPECIAL_RANK <= PMIX_RANK_VALID, "ranks that are none");
_Static_assert(sizeof PMIX_ABI_SERVER_PID == sizeof PMIX_SERVER_PIDINFO, "PMIX_SERVER_PIDINFO");

int main(void)
{
  return 0;
}
