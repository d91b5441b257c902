/* grid_user.c - the users of a grid, as far as they are told something: whether the space that they described is enough
 * for the images that they want to keep, and what has become of the image files of a job that is finished. */
#include "role.h"

/* XG.4 row 2(a). */
static void on_deleted(ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  self->world->ops->note(self, "There is nothing to pay");
}

/* XG.4 row 2(b). */
static void on_kept(ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  self->world->ops->note(self, "Pay for the space of the images that are kept");
}

/* XG.4-space row 2(a). */
static void on_provided(ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  self->world->ops->note(self, "The images will be kept");
}

/* XG.4-space row 2(b). */
static void on_refused(ftblab_component *self, const ftblab_delivery *event)
{
  (void)event;
  self->world->ops->note(self, "Submit the job with more space, or keep fewer images");
}

static const ftblab_interest interests[] = {
    {"IMAGES_DELETED", {"jobs"}, on_deleted},
    {"IMAGES_KEPT", {"jobs"}, on_kept},
    {"SPACE_PROVIDED", {"jobs"}, on_provided},
    {"SPACE_REFUSED", {"jobs"}, on_refused},
};

static void on_event(ftblab_component *self, const ftblab_delivery *event)
{
  ftblab_react(self, interests, FTBLAB_COUNT(interests), event);
}

static ftblab_status start(ftblab_component *self, ftblab_error *err)
{
  return ftblab_register(self, interests, FTBLAB_COUNT(interests), err);
}

extern const ftblab_role_class ftblab_grid_user_role;
const ftblab_role_class ftblab_grid_user_role = {
    .role = "Grid User",
    .space = "ftb.grid.user",
    .instance = "user",
    .scope = FTBLAB_PER_CLUSTER,
    .application = "grid",
    .start = start,
    .on_event = on_event,
};
