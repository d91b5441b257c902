/* interface_care.c - see interface_care.h.
 *
 * A failed interface is diagnosed, and tested when that is over and each time its port comes up; the first test that it
 * passes ends the failure. When asked about several interfaces of a node the script tests all of them, and names those
 * that it did not know to be bad; only if there is none of these it repeats what it has said before, which may have
 * been lost. That nothing is bad has no event: the administrator is told. */
#include "interface_care.h"

#include <stdlib.h>

struct ftblab_tended_port {
  bool failed, diagnosing;
  int tests;                 /* of a failed one, under way */
  bool asked, answered, bad; /* by the inquiry of its node */
  int ahead;                 /* tests that were under way when it asked: answers come in the order of the questions */
};

struct ftblab_interface_inquiry {
  uint64_t check; /* the event that asks */
  int left;       /* interfaces still to be tested; 0: nobody asks */
};

ftblab_status ftblab_interface_care_init(ftblab_interface_care *care, ftblab_component *self, ftblab_error *err)
{
  ftblab_status status = ftblab_interface_set_init(&care->set, self, err);
  if (status)
    return status;
  care->ports = calloc((size_t)care->set.total + 1, sizeof *care->ports);
  care->inquiries = calloc((size_t)self->world->ops->node_count(self) + 1, sizeof *care->inquiries);
  if (!care->ports || !care->inquiries)
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory to tend %d interfaces", care->set.total);
  return FTBLAB_OK;
}

void ftblab_interface_care_free(ftblab_interface_care *care)
{
  ftblab_interface_set_free(&care->set);
  free(care->ports);
  free(care->inquiries);
  *care = (ftblab_interface_care){0};
}

/* ---- a failed interface --------------------------------------------------------------------------------- */

static void test(ftblab_interface_care *care, ftblab_component *self, ftblab_port port)
{
  care->ports[port.place].tests++;
  self->world->ops->interface_check(self, port.node, port.interface);
}

static void begin_diagnosis(ftblab_interface_care *care, ftblab_component *self, ftblab_port port)
{
  ftblab_tended_port *tended = &care->ports[port.place];
  tended->failed = true;
  if (tended->diagnosing || tended->tests > 0)
    return;
  tended->diagnosing = true;
  self->world->ops->timer(self, care->diagnosis, care->timer_tag, port.place);
}

/* B.5.1 row 2(b). Its own announcement tells it nothing. */
void ftblab_interface_care_failed(ftblab_interface_care *care, ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_interface_set_read(&care->set, self, event->payload);
  for (int i = 0; i < care->set.count; i++) {
    ftblab_port port = care->set.ports[i];
    if (care->ports[port.place].failed)
      continue;
    self->world->ops->note(self, "Attempt diagnose and clean up IB routes and switches of interface %s on node %s",
                           ftblab_port_name(self, port), ftblab_port_node(self, port));
    begin_diagnosis(care, self, port);
  }
}

void ftblab_interface_care_timer(ftblab_interface_care *care, ftblab_component *self, int64_t value)
{
  care->ports[value].diagnosing = false;
  test(care, self, ftblab_port_at(&care->set, (int)value));
}

/* A test that goes on has failed by the port's coming up: begin another one. */
void ftblab_interface_care_port(ftblab_interface_care *care, ftblab_component *self, int node, int interface, bool up)
{
  ftblab_port port = ftblab_port_of(&care->set, node, interface);
  if (up && care->ports[port.place].failed && !care->ports[port.place].diagnosing)
    test(care, self, port);
}

/* B.5.1 row 5, B.5.2 row 9. */
static void announce_return(ftblab_interface_care *care, ftblab_component *self, ftblab_port port)
{
  care->ports[port.place].failed = false;
  self->world->ops->note_throw(self, "Interface %s has been restored to service on node %s",
                               ftblab_port_name(self, port), ftblab_port_node(self, port));
  ftblab_ports_publish(self, "RESTORED_PHYSICAL_INTERFACE", port, 1, NULL, 0);
}

/* ---- inquiries ------------------------------------------------------------------------------------------ */

/* B.5.2 row 4(a). Who asks again while the answer is sought gets that one. */
void ftblab_interface_care_check(ftblab_interface_care *care, ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_interface_set_read(&care->set, self, event->payload);
  for (int i = 0; i < care->set.count; i++)
    self->world->ops->note(self, "Checks interface %s of node %s", ftblab_port_name(self, care->set.ports[i]),
                           ftblab_port_node(self, care->set.ports[i]));
  for (int i = 0; i < care->set.count; i++) {
    ftblab_port port = care->set.ports[i];
    ftblab_interface_inquiry *inquiry = &care->inquiries[port.node];
    if (care->ports[port.place].asked)
      continue;
    care->ports[port.place].asked = true;
    care->ports[port.place].answered = care->ports[port.place].bad = false;
    care->ports[port.place].ahead = care->ports[port.place].tests;
    inquiry->check = event->id;
    inquiry->left++;
    self->world->ops->interface_check(self, port.node, port.interface);
  }
}

/* B.5.2 row 5 for each bad interface of NODE that was KNOWN to be, or not. Returns how many. */
static int announce_bad(ftblab_interface_care *care, ftblab_component *self, int node, bool known)
{
  int count = 0;
  for (int i = 0; i < self->world->ops->interface_count(self, node); i++) {
    ftblab_port port = ftblab_port_of(&care->set, node, i);
    ftblab_tended_port *tended = &care->ports[port.place];
    if (!tended->asked || !tended->bad || tended->failed != known)
      continue;
    count++;
    begin_diagnosis(care, self, port);
    self->world->ops->note_throw(self, "Notify of confirmed failed interface %s on node %s",
                                 ftblab_port_name(self, port), ftblab_port_node(self, port));
    ftblab_ports_publish(self, "FAILED_PHYSICAL_INTERFACE", port, 1, NULL, care->inquiries[node].check);
  }
  return count;
}

static void conclude(ftblab_interface_care *care, ftblab_component *self, int node)
{
  if (announce_bad(care, self, node, false) == 0 && announce_bad(care, self, node, true) == 0)
    self->world->ops->admin(self, "checked the interfaces of node %s, none is bad",
                            self->world->ops->node_name(self, node));
  for (int i = 0; i < self->world->ops->interface_count(self, node); i++)
    care->ports[ftblab_port_of(&care->set, node, i).place].asked = false;
}

void ftblab_interface_care_result(ftblab_interface_care *care, ftblab_component *self, int node, int interface,
                                  bool sound)
{
  ftblab_port port = ftblab_port_of(&care->set, node, interface);
  ftblab_tended_port *tended = &care->ports[port.place];
  ftblab_interface_inquiry *inquiry = &care->inquiries[node];
  if (tended->asked && !tended->answered && tended->ahead == 0) {
    tended->answered = true;
    tended->bad = !sound;
    if (--inquiry->left == 0)
      conclude(care, self, node);
    return;
  }
  tended->tests--;
  tended->ahead -= tended->ahead > 0;
  if (tended->failed && sound)
    announce_return(care, self, port);
}
