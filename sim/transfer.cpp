/* transfer.cpp - see transfer.h. C++ only because SimGrid's C API lacks the asynchronous transfer. */
#include <simgrid/s4u.hpp>

#include "transfer.h"

sg_comm_t ftblab_transfer_start(sg_host_t from, sg_host_t to, double bytes)
{
  if (not from->is_on() || not to->is_on())
    return nullptr;
  simgrid::s4u::CommPtr transfer = simgrid::s4u::Comm::sendto_async(from, to, static_cast<uint64_t>(bytes));
  transfer->add_ref(); /* the caller's, which sg_comm_wait gives back */
  return transfer.get();
}
