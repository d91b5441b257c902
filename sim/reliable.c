/* reliable.c - the reliable channel: acknowledgement, retry with back-off, in order and once.
 *
 * A session joins one publisher and one subscriber. The publisher numbers its events from 1 and sends each, with the
 * lowest number it still stands for (base), until an acknowledgement covers it or the tries are used up. The subscriber
 * hands over in order of numbers, keeps what comes too early, and skips what lies below base: the publisher has given
 * it up. An acknowledgement says up to where all was handed over, and which number it answers; an event that is only
 * kept is not sent again unless base moves past a gap, because then somebody must carry the new base over. */
#include <math.h>
#include <stdlib.h>

#include "backplane_internal.h"

/* An event of the publisher that is not acknowledged as handed over. */
typedef struct pending {
  struct pending *next;
  ftblab_session *session;
  ftblab_event *event;
  uint64_t number;
  int tries;
  bool kept; /* the subscriber has it, but something is missing before it */
  ftblab_ticket ticket;
} pending;

/* An event the subscriber has too early. */
typedef struct early {
  struct early *next;
  ftblab_event *event;
  uint64_t number;
} early;

struct ftblab_session {
  ftblab_session *next; /* in its bucket */
  ftblab_client *publisher, *subscriber;
  unsigned packets;
  uint64_t last_number;
  pending *pending;  /* ascending */
  uint64_t expected; /* the subscriber's: the next number to hand over */
  early *early;      /* ascending */
};

struct ftblab_packet {
  ftblab_parcel parcel;
  ftblab_session *session;
  ftblab_event *event; /* NULL: an acknowledgement */
  uint64_t number, base;
};

/* ---- sessions ------------------------------------------------------------------------------------ */

static size_t bucket_of(const ftblab_backplane *backplane, const ftblab_client *publisher,
                        const ftblab_client *subscriber)
{
  uint64_t mixed = publisher->serial * UINT64_C(0x9E3779B97F4A7C15) ^ subscriber->serial * UINT64_C(0xC2B2AE3D27D4EB4F);
  return (size_t)(mixed >> 20) & (backplane->session_buckets - 1);
}

static bool rehash(ftblab_backplane *backplane)
{
  size_t old_count = backplane->session_buckets, count = old_count == 0 ? 64 : 2 * old_count;
  ftblab_session **old = backplane->sessions, **buckets = calloc(count, sizeof *buckets);
  if (buckets == NULL)
    return false;
  backplane->sessions = buckets;
  backplane->session_buckets = count;
  for (size_t i = 0; i < old_count; i++)
    for (ftblab_session *session = old[i], *next; session != NULL; session = next) {
      next = session->next;
      ftblab_session **bucket = &buckets[bucket_of(backplane, session->publisher, session->subscriber)];
      session->next = *bucket;
      *bucket = session;
    }
  free(old);
  return true;
}

static ftblab_session *find_session(ftblab_backplane *backplane, ftblab_client *publisher, ftblab_client *subscriber)
{
  if (backplane->session_count >= backplane->session_buckets && !rehash(backplane))
    return NULL;
  ftblab_session **bucket = &backplane->sessions[bucket_of(backplane, publisher, subscriber)];
  for (ftblab_session *session = *bucket; session != NULL; session = session->next)
    if (session->publisher == publisher && session->subscriber == subscriber)
      return session;
  ftblab_session *session = calloc(1, sizeof *session);
  if (session == NULL)
    return NULL;
  *session = (ftblab_session){.next = *bucket, .publisher = publisher, .subscriber = subscriber, .expected = 1};
  ftblab_client_hold(publisher);
  ftblab_client_hold(subscriber);
  *bucket = session;
  backplane->session_count++;
  return session;
}

static void drop_pending(pending *waiting)
{
  ftblab_backplane *backplane = waiting->session->publisher->backplane;
  ftblab_engine_cancel(backplane->engine, waiting->ticket);
  backplane->outstanding--;
  ftblab_parcel_release(&waiting->event->parcel);
  ftblab_pool_give(&backplane->pending, waiting);
}

static void drop_early(ftblab_session *session)
{
  ftblab_backplane *backplane = session->subscriber->backplane;
  while (session->early != NULL) {
    early *first = session->early;
    session->early = first->next;
    ftblab_parcel_release(&first->event->parcel);
    ftblab_pool_give(&backplane->early, first);
  }
}

static void free_session(ftblab_session *session)
{
  ftblab_client_release(session->publisher);
  ftblab_client_release(session->subscriber);
  free(session);
}

/* A session ends when one of its ends is gone and nothing refers to it. */
static void settle(ftblab_session *session)
{
  ftblab_backplane *backplane = session->publisher->backplane;
  if (session->packets > 0 || session->pending != NULL || !(session->publisher->dead || session->subscriber->dead))
    return;
  ftblab_session **at = &backplane->sessions[bucket_of(backplane, session->publisher, session->subscriber)];
  while (*at != session)
    at = &(*at)->next;
  *at = session->next;
  backplane->session_count--;
  drop_early(session);
  free_session(session);
}

static void drop_all_pending(ftblab_session *session)
{
  while (session->pending != NULL) {
    pending *first = session->pending;
    session->pending = first->next;
    drop_pending(first);
  }
}

/* The dead publish no more. What a dead subscriber leaves open is found out by its publishers, try by try. */
void ftblab_reliable_client_gone(ftblab_client *client)
{
  ftblab_backplane *backplane = client->backplane;
  for (size_t i = 0; i < backplane->session_buckets; i++)
    for (ftblab_session *session = backplane->sessions[i], *next; session != NULL; session = next) {
      next = session->next;
      if (session->publisher == client)
        drop_all_pending(session);
      if (session->publisher == client || session->subscriber == client)
        settle(session);
    }
}

/* ---- packets ------------------------------------------------------------------------------------- */

static void depart(void *argument, int64_t node, double date)
{
  ftblab_parcel_route(argument, (int)node, date);
  ftblab_parcel_release(argument);
}

/* The packet leaves as a call of its own, because it may arrive at once: sender and receiver on one node. */
static void send_packet(ftblab_session *session, ftblab_event *event, uint64_t number, uint64_t base, double date)
{
  ftblab_backplane *backplane = session->publisher->backplane;
  ftblab_packet *packet = ftblab_pool_take(&backplane->packets, sizeof *packet);
  if (packet == NULL) {
    ftblab_backplane_fail(backplane);
    return;
  }
  ftblab_parcel_enter(backplane, &packet->parcel, event != NULL ? FTBLAB_PARCEL_DATA : FTBLAB_PARCEL_ACK);
  packet->session = session;
  packet->event = event;
  packet->number = number;
  packet->base = base;
  session->packets++;
  if (event != NULL)
    event->parcel.holders++;
  const ftblab_client *sender = event != NULL ? session->publisher : session->subscriber;
  ftblab_engine_at(backplane->engine, date, depart, &packet->parcel, sender->node);
}

void ftblab_reliable_free_packet(ftblab_parcel *parcel)
{
  ftblab_packet *packet = (ftblab_packet *)(void *)parcel;
  ftblab_session *session = packet->session;
  if (!parcel->backplane->ending) {
    if (packet->event != NULL)
      ftblab_parcel_release(&packet->event->parcel);
    session->packets--;
    settle(session);
  }
  ftblab_pool_give(&parcel->backplane->packets, packet);
}

int ftblab_reliable_target(const ftblab_parcel *parcel)
{
  const ftblab_packet *packet = (const ftblab_packet *)(const void *)parcel;
  return packet->event != NULL ? packet->session->subscriber->node : packet->session->publisher->node;
}

/* ---- the publisher's side ------------------------------------------------------------------------ */

static void retry(void *argument, int64_t value, double date);

static void try_once(pending *waiting, double date)
{
  ftblab_session *session = waiting->session;
  ftblab_backplane *backplane = session->publisher->backplane;
  const ftblab_backplane_config *config = &backplane->config;
  double wait = config->retry_first * pow(config->retry_factor, waiting->tries);
  waiting->tries++;
  waiting->ticket = ftblab_engine_at(backplane->engine, date + fmin(wait, config->retry_max), retry, waiting, 0);
  send_packet(session, waiting->event, waiting->number, session->pending->number, date);
}

static void give_up(pending *waiting)
{
  ftblab_session *session = waiting->session;
  ftblab_client *publisher = session->publisher, *subscriber = session->subscriber;
  ftblab_event *event = waiting->event;
  pending **at = &session->pending;
  while (*at != waiting)
    at = &(*at)->next;
  *at = waiting->next;
  publisher->backplane->counters.given_up++;
  event->parcel.holders++;
  session->packets++; /* stays while its publisher is told */
  drop_pending(waiting);
  if (publisher->undelivered != NULL)
    publisher->undelivered(publisher->argument, &event->message, subscriber);
  ftblab_parcel_release(&event->parcel);
  session->packets--;
}

static void retry(void *argument, int64_t value, double date)
{
  pending *waiting = argument;
  ftblab_session *session = waiting->session;
  (void)value;
  if (waiting->tries < session->publisher->backplane->config.retry_limit) {
    session->publisher->backplane->counters.retried++;
    try_once(waiting, date);
    return;
  }
  give_up(waiting);
  pending *first = session->pending;
  if (first != NULL && first->kept) { /* it carries the new base over */
    first->kept = false;
    first->tries = 0;
    try_once(first, date);
  }
  settle(session);
}

bool ftblab_reliable_publish(ftblab_event *event, ftblab_client *subscriber, double date)
{
  ftblab_backplane *backplane = event->parcel.backplane;
  ftblab_session *session = find_session(backplane, event->publisher, subscriber);
  pending *waiting = session != NULL ? ftblab_pool_take(&backplane->pending, sizeof *waiting) : NULL;
  if (waiting == NULL)
    return false;
  event->parcel.holders++;
  *waiting = (pending){.session = session, .event = event, .number = ++session->last_number};
  pending **last = &session->pending;
  while (*last != NULL)
    last = &(*last)->next;
  *last = waiting;
  backplane->outstanding++;
  try_once(waiting, date);
  return true;
}

/* BASE of an acknowledgement: all below it was handed over. */
static void take_acknowledgement(ftblab_client *publisher, ftblab_parcel *parcel, double date)
{
  ftblab_packet *packet = (ftblab_packet *)(void *)parcel;
  ftblab_session *session = packet->session;
  (void)date;
  while (session->pending != NULL && session->pending->number < packet->base) {
    pending *first = session->pending;
    session->pending = first->next;
    drop_pending(first);
    publisher->backplane->counters.acknowledged++;
  }
  for (pending *waiting = session->pending; waiting != NULL; waiting = waiting->next)
    if (waiting->number == packet->number && waiting != session->pending) {
      waiting->kept = true;
      ftblab_engine_cancel(publisher->backplane->engine, waiting->ticket);
    }
}

/* ---- the subscriber's side ----------------------------------------------------------------------- */

/* Keep EVENT until its turn; false: it is here already, or no memory. */
static bool keep_early(ftblab_session *session, ftblab_event *event, uint64_t number)
{
  early **at = &session->early;
  while (*at != NULL && (*at)->number < number)
    at = &(*at)->next;
  if (*at != NULL && (*at)->number == number)
    return false;
  early *kept = ftblab_pool_take(&event->parcel.backplane->early, sizeof *kept);
  if (kept == NULL) {
    ftblab_backplane_fail(event->parcel.backplane);
    return false;
  }
  event->parcel.holders++;
  *kept = (early){*at, event, number};
  *at = kept;
  return true;
}

/* A callback may disconnect the client; then the rest is nobody's. */
static void hand_over_in_order(ftblab_session *session, uint64_t base, double date)
{
  while (!session->subscriber->dead && session->early != NULL) {
    early *first = session->early;
    if (first->number > session->expected) {
      if (session->expected >= base)
        return;
      session->expected = base < first->number ? base : first->number;
      continue;
    }
    session->early = first->next;
    session->expected = first->number + 1;
    ftblab_channel_hand_over(session->subscriber, first->event, date);
    ftblab_parcel_release(&first->event->parcel);
    ftblab_pool_give(&session->subscriber->backplane->early, first);
  }
  if (session->expected < base)
    session->expected = base;
}

static void take_data(ftblab_client *subscriber, ftblab_parcel *parcel, double date)
{
  ftblab_packet *packet = (ftblab_packet *)(void *)parcel;
  ftblab_session *session = packet->session;
  if (packet->number >= session->expected)
    keep_early(session, packet->event, packet->number);
  hand_over_in_order(session, packet->base, date);
  if (!subscriber->dead)
    send_packet(session, NULL, packet->number, session->expected, date);
}

void ftblab_reliable_arrived(ftblab_parcel *parcel, double date)
{
  ftblab_packet *packet = (ftblab_packet *)(void *)parcel;
  ftblab_client *to = packet->event != NULL ? packet->session->subscriber : packet->session->publisher;
  if (to->dead) {
    parcel->backplane->counters.lost++;
    return;
  }
  if (packet->event != NULL)
    ftblab_channel_transmit(to, parcel, packet->event->message.event, date, take_data);
  else
    ftblab_channel_transmit(to, parcel, NULL, date, take_acknowledgement);
}

void ftblab_reliable_free(ftblab_backplane *backplane)
{
  for (size_t i = 0; i < backplane->session_buckets; i++)
    while (backplane->sessions[i] != NULL) {
      ftblab_session *session = backplane->sessions[i];
      backplane->sessions[i] = session->next;
      drop_all_pending(session);
      drop_early(session);
      free(session);
    }
  free(backplane->sessions);
}
