/* services.c - what the world does for a component: the backplane, time, notes, looking things up.
 *
 * Every record a component writes goes through ftblab_unit_record. A cause is handed on: what a timer or a probe brings
 * about goes back to the event in whose handler it was set. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

struct ftblab_unit_timer {
  ftblab_unit *unit;
  ftblab_unit_timer *next;
  ftblab_ticket ticket;
  uint64_t cause;
  int64_t value;
  int tag;
};

static ftblab_simulated *world_of(ftblab_component *self)
{
  return ftblab_unit_of(self)->world;
}

/* ---- looking up ------------------------------------------------------------------------------------- */

static double service_now(ftblab_component *self)
{
  return world_of(self)->date;
}

static int service_node_count(ftblab_component *self)
{
  return (int)ftblab_engine_nodes(world_of(self)->engine);
}

static const char *service_node_name(ftblab_component *self, int node)
{
  return ftblab_engine_node_name(world_of(self)->engine, node);
}

static int service_node_index(ftblab_component *self, const char *name, size_t length)
{
  return ftblab_engine_node_index(world_of(self)->engine, name, length);
}

static bool service_node_is_compute(ftblab_component *self, int node)
{
  const ftblab_simulated *world = world_of(self);
  return ftblab_scenario_is_compute(world->scenario, world->engine, node);
}

static int service_job_count(ftblab_component *self)
{
  return (int)world_of(self)->scenario->job_count;
}

static const ftblab_job *service_job(ftblab_component *self, int index)
{
  return &world_of(self)->jobs[index].job;
}

static double service_random(ftblab_component *self)
{
  world_of(self)->draws++;
  return ftblab_random_uniform(&ftblab_unit_of(self)->random);
}

/* ---- records and notes ---------------------------------------------------------------------------------- */

uint64_t ftblab_unit_record(ftblab_unit *unit, ftblab_record *record)
{
  ftblab_simulated *world = unit->world;
  record->t = llround(world->date * 1e9);
  record->component = ftblab_slice_of(unit->component.class->role);
  record->instance = ftblab_slice_of(unit->instance);
  record->host = ftblab_slice_of(ftblab_engine_node_name(world->engine, unit->component.node));
  if (unit->note.length > 0)
    record->note = (ftblab_slice){.data = unit->note.data, .length = unit->note.length};
  uint64_t seq = ftblab_recorder_add(world->recorder, record);
  ftblab_text_clear(&unit->note);
  if (seq == 0)
    ftblab_world_no_memory(world);
  return seq;
}

/* FORMAT with its values becomes part of the note of UNIT's next record. */
static void hold_note(ftblab_unit *unit, const char *format, va_list values)
{
  if (!unit->world->remarks)
    return;
  if (unit->note.length > 0)
    ftblab_text_add(&unit->note, "; ");
  ftblab_text_addv(&unit->note, format, values);
  if (unit->note.failed)
    ftblab_world_no_memory(unit->world);
}

static void add_note(ftblab_unit *unit, const char *format, va_list values)
{
  ftblab_error error;
  if (!unit->world->remarks)
    return;
  if (unit->caught == 0)
    hold_note(unit, format, values);
  else if (ftblab_recorder_note(unit->world->recorder, unit->caught, format, values, &error) != FTBLAB_OK)
    ftblab_world_fail(unit->world, &error);
}

static void service_note(ftblab_component *self, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  add_note(ftblab_unit_of(self), format, values);
  va_end(values);
}

static void service_note_throw(ftblab_component *self, const char *format, ...)
{
  va_list values;
  va_start(values, format);
  hold_note(ftblab_unit_of(self), format, values);
  va_end(values);
}

static bool service_is_noted(ftblab_component *self)
{
  return world_of(self)->remarks;
}

static void service_fail(ftblab_component *self, ftblab_status status, const char *reason)
{
  ftblab_error error;
  ftblab_fail(&error, status, "%s: %s", self->instance, reason);
  ftblab_world_fail(world_of(self), &error);
}

/* The date is written when the run is summed up, if it is. */
static void service_admin(ftblab_component *self, const char *format, ...)
{
  ftblab_simulated *world = world_of(self);
  va_list values;
  if (!world->remarks)
    return;
  ftblab_text_add_bytes(&world->admin, (const char *)&world->date, sizeof world->date);
  ftblab_text_addf(&world->admin, "%s tells the administrator: ", self->instance);
  va_start(values, format);
  ftblab_text_addv(&world->admin, format, values);
  va_end(values);
  ftblab_text_add_bytes(&world->admin, "", 1);
  if (world->admin.failed)
    ftblab_world_no_memory(world);
}

/* ---- backplane ---------------------------------------------------------------------------------------------- */

static const ftblab_event *event_named(ftblab_simulated *world, const char *name)
{
  int index = ftblab_spec_event(world->spec, name, strlen(name));
  if (index != FTBLAB_NONE)
    return &world->spec->events[index];
  ftblab_error error;
  ftblab_fail(&error, FTBLAB_EINTERNAL, "a component speaks of \"%s\", which is not in the catalogue", name);
  ftblab_world_fail(world, &error);
  return NULL;
}

/* The backplane asks for a severity and section 2 of the standard gives none. So: what asks for a check or foretells a
 * failure is a warning, as is corruption that is masked; what says that something is dead or failed is an error, all
 * else is for information. */
static const char *severity_of(const ftblab_event *event)
{
  size_t length = strlen(event->name);
  if (event->severity != NULL)
    return event->severity;
  if (strncmp(event->name, "CHECK_", 6) == 0 || strncmp(event->name, "PREDICT_", 8) == 0 ||
      strcmp(event->name, "MPI_MESSAGE_CORRUPTION") == 0)
    return "warning";
  if (strncmp(event->name, "FAILED_", 7) == 0)
    return "error";
  if (length > 5 && strcmp(event->name + length - 5, "_DEAD") == 0)
    return "error";
  return "info";
}

/* Section 2 does not have the events that appear in the tables of Appendix B alone, so their channel is open, as is
 * that of other documents' events. Nobody repeats them, and each has a catch that a row asks for: they take the
 * reliable one. */
static bool is_reliable(const ftblab_event *event)
{
  bool of_tables = event->section != NULL && (event->section[0] == 'B' || !event->in_appendix);
  bool open = event->channel == FTBLAB_CHANNEL_ANY && of_tables && !event->in_section_2;
  return open || event->channel == FTBLAB_CHANNEL_RELIABLE;
}

static void remember_subscription(ftblab_unit *unit, uint64_t subscription)
{
  size_t count = unit->subscription_count;
  if ((count & (count - 1)) == 0) { /* it grows at powers of two */
    uint64_t *subscriptions = realloc(unit->subscriptions, (2 * count + 1) * sizeof *subscriptions);
    if (subscriptions == NULL) {
      ftblab_world_no_memory(unit->world);
      return;
    }
    unit->subscriptions = subscriptions;
  }
  unit->subscriptions[unit->subscription_count++] = subscription;
}

static void service_subscribe(ftblab_component *self, const char *event, const char *pattern)
{
  ftblab_unit *unit = ftblab_unit_of(self);
  const ftblab_event *known = event_named(unit->world, event);
  ftblab_error error;
  uint64_t subscription;
  if (known == NULL)
    return;
  ftblab_world_enter(unit->world, unit->world->date, unit->world->cause);
  ftblab_record record = {.action = FTBLAB_REGISTER};
  record.event = ftblab_slice_of(known->name);
  record.payload = ftblab_slice_of(pattern);
  record.space = ftblab_slice_of(self->space);
  ftblab_unit_record(unit, &record);
  const ftblab_filter filter = {.event = known->name, .payload = pattern};
  if (ftblab_client_subscribe(unit->client, &filter, &subscription, &error) != FTBLAB_OK)
    ftblab_world_fail(unit->world, &error);
  else
    remember_subscription(unit, subscription);
  ftblab_world_leave(unit->world);
}

static void service_become(ftblab_component *self, const ftblab_role_class *class)
{
  ftblab_unit *unit = ftblab_unit_of(self);
  ftblab_error error;
  for (size_t i = 0; i < unit->subscription_count; i++) {
    if (ftblab_client_unsubscribe(unit->client, unit->subscriptions[i], &error) != FTBLAB_OK)
      ftblab_world_fail(unit->world, &error);
  }
  unit->subscription_count = 0;
  self->class = class;
}

static void remember_throw(ftblab_simulated *world, ftblab_throw thrown)
{
  if (world->throw_count == world->throw_capacity) {
    size_t capacity = world->throw_capacity == 0 ? 64 : 2 * world->throw_capacity;
    ftblab_throw *throws = realloc(world->throws, capacity * sizeof *throws);
    if (throws == NULL) {
      ftblab_world_no_memory(world);
      return;
    }
    world->throws = throws;
    world->throw_capacity = capacity;
  }
  world->throws[world->throw_count++] = thrown;
}

/* From the last one backwards: what is delivered was thrown a short while ago. */
static const ftblab_throw *find_throw(const ftblab_simulated *world, uint64_t id)
{
  for (size_t i = world->throw_count; i-- > 0;) {
    if (world->throws[i].id == id)
      return &world->throws[i];
  }
  return NULL;
}

static void service_publish(ftblab_component *self, const char *event, const char *payload, uint64_t in_response_to)
{
  ftblab_unit *unit = ftblab_unit_of(self);
  ftblab_simulated *world = unit->world;
  const ftblab_event *known = event_named(world, event);
  ftblab_error error;
  uint64_t id;
  if (known == NULL || !unit->alive)
    return;
  bool reliable = is_reliable(known);
  const char *severity = severity_of(known);
  ftblab_world_enter(world, world->date, world->cause);
  ftblab_record record = {.action = FTBLAB_THROW, .has_cause = world->cause != 0, .cause = world->cause};
  record.event = ftblab_slice_of(known->name);
  if (*payload != '\0') /* "" is no payload */
    record.payload = ftblab_slice_of(payload);
  record.channel = ftblab_slice_of(reliable ? "reliable" : "unreliable");
  record.severity = ftblab_slice_of(severity);
  record.type = ftblab_slice_of(in_response_to != 0 ? "response" : "normal");
  record.space = ftblab_slice_of(self->space);
  uint64_t seq = ftblab_unit_record(unit, &record);
  ftblab_status status = ftblab_client_declare(unit->client, known->name, severity, &error);
  if (status == FTBLAB_OK)
    status = ftblab_client_publish(unit->client, known->name, payload, reliable, in_response_to, &id, &error);
  if (status == FTBLAB_OK) {
    remember_throw(world, (ftblab_throw){.id = id, .seq = seq, .unit = unit, .event = known, .severity = severity});
  } else {
    ftblab_while(&error, "%s throws %s", self->instance, known->name);
    ftblab_world_fail(world, &error);
  }
  ftblab_world_leave(world);
}

static uint64_t record_catch(ftblab_unit *unit, const ftblab_message *message, const ftblab_throw *thrown)
{
  ftblab_record record = {.action = FTBLAB_CATCH, .has_cause = true, .cause = thrown->seq};
  record.event = ftblab_slice_of(thrown->event->name);
  if (*message->payload != '\0')
    record.payload = ftblab_slice_of(message->payload);
  record.channel = ftblab_slice_of(message->reliable ? "reliable" : "unreliable");
  record.severity = ftblab_slice_of(thrown->severity);
  record.type = ftblab_slice_of(message->response ? "response" : "normal");
  record.space = ftblab_slice_of(thrown->unit->component.space);
  return ftblab_unit_record(unit, &record);
}

/* Several catch MESSAGE, one after the other mostly: its payload is read once for them. */
static bool read_payload(ftblab_simulated *world, const ftblab_message *message)
{
  ftblab_error error;
  if (world->delivered == message->id)
    return true;
  world->delivered = 0;
  world->payload.pair_count = world->payload.item_count = 0;
  if (*message->payload != '\0' &&
      ftblab_payload_parse(&world->payload, message->payload, strlen(message->payload), &error) != FTBLAB_OK) {
    ftblab_world_fail(world, &error);
    return false;
  }
  world->delivered = message->id;
  return true;
}

void ftblab_unit_deliver(void *argument, const ftblab_message *message, double date)
{
  ftblab_unit *unit = argument;
  ftblab_simulated *world = unit->world;
  const ftblab_throw *thrown = find_throw(world, message->id);
  if (!unit->alive || thrown == NULL || unit->subscription_count == 0)
    return; /* what was under way to one that has become another is not for it */
  const ftblab_delivery delivery = {
      .event = thrown->event->name,
      .payload = &world->payload,
      .payload_text = message->payload,
      .component = thrown->unit->component.class->role,
      .instance = thrown->unit->instance,
      .id = message->id,
  };
  ftblab_world_enter(world, date, thrown->seq);
  unit->caught = record_catch(unit, message, thrown);
  world->cause = unit->caught;
  if (read_payload(world, message) && unit->component.class->on_event != NULL)
    unit->component.class->on_event(&unit->component, &delivery);
  unit->caught = 0;
  ftblab_world_leave(world);
}

void ftblab_unit_undelivered(void *argument, const ftblab_message *message, const ftblab_client *peer)
{
  ftblab_unit *unit = argument;
  const ftblab_throw *thrown = find_throw(unit->world, message->id);
  if (!unit->alive || unit->component.class->on_undelivered == NULL)
    return;
  ftblab_world_enter(unit->world, ftblab_engine_now(unit->world->engine), thrown == NULL ? 0 : thrown->seq);
  unit->component.class->on_undelivered(&unit->component, message->event, ftblab_client_name(peer));
  ftblab_world_leave(unit->world);
}

/* ---- timers --------------------------------------------------------------------------------------------------- */

static void unlink_timer(ftblab_unit_timer *timer)
{
  ftblab_unit_timer **link = &timer->unit->timers;
  while (*link != timer)
    link = &(*link)->next;
  *link = timer->next;
}

static void timer_fires(void *argument, int64_t value, double date)
{
  ftblab_unit_timer timer = *(ftblab_unit_timer *)argument;
  ftblab_unit *unit = timer.unit;
  unlink_timer(argument);
  ftblab_pool_give(&unit->world->timers, argument);
  (void)value;
  ftblab_world_enter(unit->world, date, timer.cause);
  if (unit->component.class->on_timer != NULL)
    unit->component.class->on_timer(&unit->component, timer.tag, timer.value);
  ftblab_world_leave(unit->world);
}

static uint64_t service_timer(ftblab_component *self, double delay, int tag, int64_t value)
{
  ftblab_unit *unit = ftblab_unit_of(self);
  ftblab_simulated *world = unit->world;
  ftblab_unit_timer *timer = ftblab_pool_take(&world->timers, sizeof *timer);
  if (timer == NULL) {
    ftblab_world_no_memory(world);
    return UINT64_MAX; /* an id that names no timer */
  }
  *timer = (ftblab_unit_timer){.unit = unit, .next = unit->timers, .cause = world->cause, .value = value, .tag = tag};
  timer->ticket = ftblab_engine_at(world->engine, world->date + delay, timer_fires, timer, 0);
  unit->timers = timer;
  return timer->ticket;
}

static void service_cancel(ftblab_component *self, uint64_t id)
{
  for (ftblab_unit_timer *timer = ftblab_unit_of(self)->timers; timer != NULL; timer = timer->next) {
    if (timer->ticket == id) {
      ftblab_engine_cancel(world_of(self)->engine, id);
      unlink_timer(timer);
      ftblab_pool_give(&world_of(self)->timers, timer);
      return;
    }
  }
}

void ftblab_unit_drop_timers(ftblab_unit *unit)
{
  while (unit->timers != NULL) {
    ftblab_unit_timer *timer = unit->timers;
    unit->timers = timer->next;
    ftblab_engine_cancel(unit->world->engine, timer->ticket);
    ftblab_pool_give(&unit->world->timers, timer);
  }
}

const ftblab_world_ops ftblab_services = {
    .now = service_now,
    .node_count = service_node_count,
    .node_name = service_node_name,
    .node_index = service_node_index,
    .node_is_compute = service_node_is_compute,
    .job_count = service_job_count,
    .job = service_job,
    .random = service_random,
    .subscribe = service_subscribe,
    .publish = service_publish,
    .note = service_note,
    .note_throw = service_note_throw,
    .is_noted = service_is_noted,
    .timer = service_timer,
    .cancel = service_cancel,
    .probe = ftblab_probe,
    .heartbeats = ftblab_heartbeats,
    .heed = ftblab_heed,
    .admin = service_admin,
    .job_launch = ftblab_job_launch_service,
    .job_abort = ftblab_job_abort_service,
    .job_ranks_on = ftblab_job_ranks_on_service,
    .job_hold = ftblab_job_hold_service,
    .job_go = ftblab_job_go_service,
    .job_progress = ftblab_job_progress_service,
    .job_drop_images = ftblab_job_drop_images_service,
    .job_roll_back = ftblab_job_roll_back_service,
    .job_blank = ftblab_job_blank_service,
    .job_rank_is_hole = ftblab_job_rank_is_hole_service,
    .job_holes = ftblab_job_holes_service,
    .job_is_on = ftblab_job_is_on_service,
    .job_node_of_rank = ftblab_job_node_of_rank_service,
    .job_pool_add = ftblab_job_pool_add_service,
    .job_pool_has = ftblab_job_pool_has_service,
    .job_want_back = ftblab_job_want_back_service,
    .job_wants_back = ftblab_job_wants_back_service,
    .job_spawn = ftblab_job_spawn_service,
    .interface_count = ftblab_interface_count_service,
    .interface_name = ftblab_interface_name_service,
    .interface_index = ftblab_interface_index_service,
    .interface_active = ftblab_interface_active_service,
    .interfaces_active = ftblab_interfaces_active_service,
    .interface_check = ftblab_interface_check_service,
    .job_interface = ftblab_job_interface_service,
    .job_checkpoint = ftblab_job_checkpoint_service,
    .job_save = ftblab_job_save_service,
    .job_suspend = ftblab_job_suspend_service,
    .job_grant = ftblab_job_grant_service,
    .job_resume = ftblab_job_resume_service,
    .job_migrate = ftblab_job_migrate_service,
    .job_release = ftblab_job_release_service,
    .job_unit_checkpoint = ftblab_job_unit_checkpoint_service,
    .job_unit_restart = ftblab_job_unit_restart_service,
    .job_images_alter = ftblab_job_images_alter_service,
    .job_images_are_sound = ftblab_job_images_are_sound_service,
    .job_stage = ftblab_job_stage_service,
    .job_serve = ftblab_job_serve_service,
    .job_is_served = ftblab_job_is_served_service,
    .job_give = ftblab_job_give_service,
    .job_piece_of = ftblab_job_piece_of_service,
    .job_forget = ftblab_job_forget_service,
    .file = ftblab_file_service,
    .file_announced = ftblab_file_announced_service,
    .file_rebuild = ftblab_file_rebuild_service,
    .storage_idle = ftblab_storage_idle_service,
    .connect = ftblab_connect_service,
    .become = service_become,
    .fail = service_fail,
};
