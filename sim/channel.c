/* channel.c - the last hop, from an agent to a client on its node, as good or bad as the scenario says.
 *
 * Every draw comes from the stream of the client that receives, in the order of its transmissions. Nothing is drawn
 * for a quality of zero. */
#include <stdlib.h>
#include <string.h>

#include "backplane_internal.h"

/* A copy that is still under way to the client. It holds both. */
typedef struct delayed {
  ftblab_client *client;
  ftblab_parcel *parcel;
  ftblab_channel_end *end;
  struct delayed *next, **previous;
} delayed;

static bool happens(ftblab_random *random, double probability)
{
  return probability > 0 && ftblab_random_uniform(random) < probability;
}

static bool same(const char *wanted, const char *given)
{
  return wanted == NULL || strcmp(wanted, given) == 0;
}

/* The injected losses of ftblab_backplane_lose, the oldest first. */
static bool lose_on_purpose(ftblab_backplane *backplane, const ftblab_client *client, const char *event)
{
  for (size_t i = 0; event != NULL && i < backplane->loss_count; i++) {
    ftblab_loss *loss = &backplane->losses[i];
    if (loss->count > 0 && same(loss->event, event) && same(loss->to, client->name)) {
      loss->count--;
      return true;
    }
  }
  return false;
}

static double extra_delay(ftblab_client *client)
{
  const ftblab_quality *quality = &client->backplane->config.quality;
  double delay = client->backplane->config.delivery_delay;
  if (happens(&client->random, quality->reordering))
    delay += quality->reorder_delay;
  if (quality->delay_mean > 0)
    delay += ftblab_random_exponential(&client->random, quality->delay_mean);
  return delay;
}

static void arrive_late(void *argument, int64_t value, double date)
{
  delayed late = *(delayed *)argument;
  (void)value;
  *late.previous = late.next;
  if (late.next != NULL)
    late.next->previous = late.previous;
  ftblab_pool_give(&late.client->backplane->copies, argument);
  if (!late.client->dead)
    late.end(late.client, late.parcel, date);
  ftblab_client_release(late.client);
  ftblab_parcel_release(late.parcel);
}

static void send_late(ftblab_client *client, ftblab_parcel *parcel, double date, ftblab_channel_end *end)
{
  ftblab_backplane *backplane = client->backplane;
  delayed *late = ftblab_pool_take(&backplane->copies, sizeof *late);
  if (late == NULL) {
    ftblab_backplane_fail(backplane);
    return;
  }
  *late = (delayed){client, parcel, end, backplane->delayed, &backplane->delayed};
  if (late->next != NULL)
    late->next->previous = &late->next;
  backplane->delayed = late;
  ftblab_client_hold(client);
  parcel->holders++;
  ftblab_engine_at(backplane->engine, date, arrive_late, late, 0);
}

static void send_copy(ftblab_client *client, ftblab_parcel *parcel, double date, ftblab_channel_end *end)
{
  double delay = extra_delay(client);
  if (delay > 0)
    send_late(client, parcel, date + delay, end);
  else
    end(client, parcel, date);
}

void ftblab_channel_transmit(ftblab_client *client, ftblab_parcel *parcel, const char *event, double date,
                             ftblab_channel_end *end)
{
  ftblab_backplane *backplane = client->backplane;
  if (lose_on_purpose(backplane, client, event) || happens(&client->random, backplane->config.quality.loss)) {
    backplane->counters.lost++;
    return;
  }
  bool twice = happens(&client->random, backplane->config.quality.duplication);
  send_copy(client, parcel, date, end);
  if (twice && !client->dead) {
    backplane->counters.duplicated++;
    send_copy(client, parcel, date, end);
  }
}

void ftblab_channel_hand_over(ftblab_client *client, ftblab_event *event, double date)
{
  client->backplane->counters.delivered++;
  client->deliver(client->argument, &event->message, date);
}

static void end_of_event(ftblab_client *client, ftblab_parcel *parcel, double date)
{
  ftblab_channel_hand_over(client, (ftblab_event *)(void *)parcel, date);
}

void ftblab_channel_deliver(ftblab_client *client, ftblab_event *event, double date)
{
  if (client->backplane->perfect)
    ftblab_channel_hand_over(client, event, date);
  else
    ftblab_channel_transmit(client, &event->parcel, event->message.event, date, end_of_event);
}

void ftblab_channel_free(ftblab_backplane *backplane)
{
  for (size_t i = 0; i < backplane->loss_count; i++) {
    free(backplane->losses[i].event);
    free(backplane->losses[i].to);
  }
  free(backplane->losses);
}

static char *copy_text(const char *text)
{
  size_t size = strlen(text) + 1;
  char *copy = malloc(size);
  return copy != NULL ? memcpy(copy, text, size) : NULL;
}

ftblab_status ftblab_backplane_lose(ftblab_backplane *backplane, const char *event, const char *to, unsigned count,
                                    ftblab_error *err)
{
  ftblab_loss *grown = realloc(backplane->losses, (backplane->loss_count + 1) * sizeof *grown);
  if (grown != NULL)
    backplane->losses = grown;
  ftblab_loss loss = {
      .event = event != NULL ? copy_text(event) : NULL, .to = to != NULL ? copy_text(to) : NULL, .count = count};
  if (grown == NULL || (event != NULL && loss.event == NULL) || (to != NULL && loss.to == NULL)) {
    free(loss.event);
    free(loss.to);
    return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for an injected loss");
  }
  backplane->losses[backplane->loss_count++] = loss;
  backplane->perfect = false;
  return FTBLAB_OK;
}
