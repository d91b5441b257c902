/* flow.c - the transport that lets SimGrid's network model carry each hop, with contention.
 *
 * SimGrid reports the end of a transfer from inside its kernel, where nothing may be asked of it: the arrival becomes a
 * dated call of that very date. When a host dies SimGrid fails the transfers it takes part in. */
#include <stdlib.h>

#include <simgrid/engine.h>

#include "backplane_internal.h"
#include "interface.h"
#include "simgrid_shim.h"

struct ftblab_flight {
  ftblab_parcel *parcel;
  int from, to;
  bool arrived;
  ftblab_flight *next, **previous;
};

static void land(void *argument, int64_t value, double date)
{
  ftblab_flight flight = *(ftblab_flight *)argument;
  (void)value;
  *flight.previous = flight.next;
  if (flight.next != NULL)
    flight.next->previous = flight.previous;
  free(argument);
  if (flight.arrived)
    ftblab_backplane_arrived(flight.parcel, (int64_t)flight.from << 32 | flight.to, date);
  else
    ftblab_backplane_dropped(flight.parcel);
}

static void ended(void *argument, bool arrived)
{
  ftblab_flight *flight = argument;
  flight->arrived = arrived;
  ftblab_engine_at(flight->parcel->backplane->engine, simgrid_get_clock(), land, flight, 0);
}

static void send_through(ftblab_backplane *backplane, ftblab_parcel *parcel, int from, int to, double date)
{
  (void)date; /* a transfer starts on SimGrid's clock */
  ftblab_flight *flight = malloc(sizeof *flight);
  if (flight == NULL) {
    ftblab_backplane_fail(backplane);
    ftblab_backplane_dropped(parcel);
    return;
  }
  *flight = (ftblab_flight){parcel, from, to, false, backplane->flights, &backplane->flights};
  if (flight->next != NULL)
    flight->next->previous = &flight->next;
  backplane->flights = flight;
  void *source = ftblab_engine_node_host(backplane->engine, from);
  void *target = ftblab_engine_node_host(backplane->engine, to);
  bool leads_there = backplane->interfaces == NULL || /* else SimGrid would take it, and never say that it failed */
                     ftblab_interfaces_control_way(backplane->interfaces, from, to, &source, &target);
  if (!leads_there || !ftblab_shim_send(source, target, backplane->config.message_bytes, ended, flight))
    land(flight, 0, date);
}

static bool start_flights(ftblab_backplane *backplane)
{
  backplane->flights = NULL;
  return true;
}

static void free_flights(ftblab_backplane *backplane)
{
  ftblab_shim_send_forget();
  while (backplane->flights != NULL) {
    ftblab_flight *flight = backplane->flights;
    backplane->flights = flight->next;
    free(flight);
  }
}

const ftblab_carrier ftblab_flow_carrier = {start_flights, send_through, free_flights};
