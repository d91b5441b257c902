/* interface_care.h - what the Autonomic Script does about interfaces (B.5, B.6). Private to components/. */
#ifndef FTBLAB_INTERFACE_CARE_H
#define FTBLAB_INTERFACE_CARE_H

#include "interface_set.h"

typedef struct ftblab_tended_port ftblab_tended_port;
typedef struct ftblab_interface_inquiry ftblab_interface_inquiry;

/* Starts as {0}. */
typedef struct ftblab_interface_care {
  double diagnosis; /* seconds */
  int timer_tag;    /* of its timers; their value is for ftblab_interface_care_timer */
  ftblab_interface_set set;
  ftblab_tended_port *ports;           /* by place */
  ftblab_interface_inquiry *inquiries; /* by node */
} ftblab_interface_care;

ftblab_status ftblab_interface_care_init(ftblab_interface_care *care, ftblab_component *self, ftblab_error *err);
void ftblab_interface_care_free(ftblab_interface_care *care);

void ftblab_interface_care_failed(ftblab_interface_care *care, ftblab_component *self, const ftblab_delivery *event);
void ftblab_interface_care_check(ftblab_interface_care *care, ftblab_component *self, const ftblab_delivery *event);
void ftblab_interface_care_timer(ftblab_interface_care *care, ftblab_component *self, int64_t value);
void ftblab_interface_care_port(ftblab_interface_care *care, ftblab_component *self, int node, int interface, bool up);
void ftblab_interface_care_result(ftblab_interface_care *care, ftblab_component *self, int node, int interface,
                                  bool sound);

#endif
