/* route.c - how long a message takes on an idle network, by the arithmetic of SimGrid's default model (LV08):
 * latency times its factor, bytes over bandwidth times its factor, the rate bounded by the TCP window. */
#include <math.h>

#include <simgrid/host.h>
#include <xbt/config.h>

#include "engine.h"
#include "simgrid_shim.h"

bool ftblab_engine_route_between(void *from, void *to, double *latency, double *seconds_per_byte)
{
  double raw_latency = 0, bandwidth = 0;
  if (!ftblab_shim_route(from, to, &raw_latency, &bandwidth))
    return false;
  double rate = bandwidth * sg_cfg_get_double("network/bandwidth-factor");
  double window = sg_cfg_get_double("network/TCP-gamma");
  if (window > 0 && raw_latency > 0)
    rate = fmin(rate, window / (2 * raw_latency));
  *latency = raw_latency * sg_cfg_get_double("network/latency-factor");
  *seconds_per_byte = 1 / rate;
  return true;
}

static ftblab_status look_up(const ftblab_engine *engine, int from, int to, double *latency, double *seconds_per_byte,
                             ftblab_error *err)
{
  if (ftblab_engine_route_between(ftblab_engine_node_host(engine, from), ftblab_engine_node_host(engine, to), latency,
                                  seconds_per_byte))
    return FTBLAB_OK;
  return ftblab_fail(err, FTBLAB_EINPUT, "the platform has no route from %s to %s",
                     ftblab_engine_node_name(engine, from), ftblab_engine_node_name(engine, to));
}

ftblab_status ftblab_engine_route(const ftblab_engine *engine, int from, int to, double *latency,
                                  double *seconds_per_byte, ftblab_error *err)
{
  const ftblab_route_kind *near = ftblab_engine_near_route(engine, from, to);
  if (near != NULL) {
    *latency = near->latency;
    *seconds_per_byte = near->seconds_per_byte;
    return FTBLAB_OK;
  }
  ftblab_known_route *known = ftblab_engine_known_route(engine, from, to);
  if (known == NULL)
    return look_up(engine, from, to, latency, seconds_per_byte, err);
  if (known->from != from || known->to != to) {
    ftblab_status status = look_up(engine, from, to, &known->latency, &known->seconds_per_byte, err);
    known->from = status == FTBLAB_OK ? from : -1;
    known->to = to;
    if (status != FTBLAB_OK)
      return status;
  }
  *latency = known->latency;
  *seconds_per_byte = known->seconds_per_byte;
  ftblab_engine_note_route(engine, from, to, (ftblab_route_kind){*latency, *seconds_per_byte});
  return FTBLAB_OK;
}
