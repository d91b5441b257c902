/* mpi_library.c - what an MPI library throws about its own errors: Open MPI (Appendix A), MPICH2 (Appendix C).
 *
 * An error of a message names the peer's node, once, until the node is a resource of the job again: a thousand ranks
 * have the same error. Open MPI tells it and waits for the word of others (B.1), as with the standard's events. MPICH2
 * hears nothing: it ends the job, whatever the job's policy. */
#include <string.h>

#include "mpi.h"

const char *ftblab_mpi_space(const cJSON *parameters)
{
  const char *library = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, "library"));
  if (library && strcmp(library, "openmpi") == 0)
    return "ftb.mpi.openmpi";
  return library && strcmp(library, "mpich2") == 0 ? "ftb.mpi.mpich2" : "ftb.mpi.ftblab";
}

/* Throw EVENT with one value, or with none (KEY is NULL). */
static void throw_value(ftblab_component *self, const char *event, const char *key, const char *word)
{
  ftblab_text payload = {0};
  if (key)
    ftblab_add_value(&payload, key, word);
  if (payload.failed)
    self->world->ops->fail(self, FTBLAB_ENOMEM, "no memory for a payload");
  else
    self->world->ops->publish(self, event, ftblab_text_string(&payload), 0);
  ftblab_text_free(&payload);
}

/* ---- messages ---------------------------------------------------------------------------------------------- */

static void note_trouble(ftblab_component *self, ftblab_note *note, const ftblab_unreachable *trouble)
{
  const ftblab_world_ops *world = self->world->ops;
  if (trouble->peer == trouble->rank)
    note(self, "Rank %d cannot be spawned on node %s", trouble->rank, world->node_name(self, trouble->peer_node));
  else
    note(self, "Rank %d on node %s cannot %s rank %d on node %s: retry count exceeded", trouble->rank,
         world->node_name(self, trouble->node), trouble->connecting ? "connect to" : "reach", trouble->peer,
         world->node_name(self, trouble->peer_node));
}

static void openmpi_error(ftblab_component *self, const ftblab_unreachable *trouble)
{
  note_trouble(self, self->world->ops->note_throw, trouble);
  if (trouble->connecting)
    throw_value(self, "UNREACHABLE", "cause", "ORTE_ERR_CONNECTION_FAILED");
  else
    throw_value(self, "COMM_FAILURE", "cause", "ORTE_ERR_COMM_FAILURE");
}

/* MPI_ERRORS_ARE_FATAL. Ends SELF too. */
static void mpich2_error(ftblab_component *self, const ftblab_unreachable *trouble)
{
  note_trouble(self, self->world->ops->note_throw, trouble);
  throw_value(self, trouble->connecting ? "UNREACHABLE" : "COMMUNICATION", "address",
              self->world->ops->node_name(self, trouble->peer_node));
  ftblab_mpi_library_aborts(self);
  self->world->ops->job_abort(self, self->job->index, "a communication operation failed and errors are fatal");
}

void ftblab_mpi_on_unreachable(ftblab_component *self, const ftblab_unreachable *trouble)
{
  ftblab_mpi *mpi = self->state;
  if (self->job->state != FTBLAB_JOB_RUNNING || ftblab_node_set_has(&mpi->blamed, trouble->peer_node))
    return;
  ftblab_node_set_add(&mpi->blamed, trouble->peer_node);
  if (mpi->ftb_ib) /* E.1 step 4: the port's event will tell */
    self->world->ops->admin(
        self, "IBV_WC_RETRY_EXC_ERR on node %s: no answer from node %s; which of them failed is unknown",
        self->world->ops->node_name(self, trouble->node), self->world->ops->node_name(self, trouble->peer_node));
  if (mpi->library == FTBLAB_MPI_OPENMPI)
    openmpi_error(self, trouble);
  else if (mpi->library == FTBLAB_MPI_MPICH2)
    mpich2_error(self, trouble);
}

void ftblab_mpi_library_corruption(ftblab_component *self, int node)
{
  ftblab_mpi *mpi = self->state;
  const char *name = self->world->ops->node_name(self, node);
  if (mpi->library == FTBLAB_MPI_STANDARD)
    return;
  self->world->ops->note_throw(self, "Messages of node %s are corrupted", name);
  throw_value(self, mpi->library == FTBLAB_MPI_OPENMPI ? "UNKNOWN_ERROR" : "OTHER", NULL, NULL);
  if (!mpi->possible)
    return;
  ftblab_node_set_clear(&mpi->named);
  ftblab_node_set_add(&mpi->named, node);
  ftblab_announce_nodes(
      self, &(ftblab_announcement){.event = "MPI_MSG_CORRUPT", .before = "Corrupted: ", .after = "", .job = self->job},
      &mpi->named);
}

/* ---- the job ------------------------------------------------------------------------------------------------ */

void ftblab_mpi_library_start(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  mpi->library = ftblab_plays(self, "openmpi")  ? FTBLAB_MPI_OPENMPI
                 : ftblab_plays(self, "mpich2") ? FTBLAB_MPI_MPICH2
                                                : FTBLAB_MPI_STANDARD;
  mpi->possible = mpi->library == FTBLAB_MPI_OPENMPI && ftblab_parameter_flag(self, "possible_events");
  if (mpi->possible)
    ftblab_announce_job(self, "MPI_INIT", self->job, 0);
}

void ftblab_mpi_library_aborts(ftblab_component *self)
{
  ftblab_mpi *mpi = self->state;
  if (mpi->library == FTBLAB_MPI_STANDARD)
    return;
  self->world->ops->note_throw(self, "Abort job %s", self->job->name);
  if (mpi->library == FTBLAB_MPI_MPICH2)
    throw_value(self, "ABORT", NULL, NULL);
  else
    throw_value(self, "FATAL", "cause", "ORTE_ERR_FATAL");
  if (mpi->possible)
    ftblab_announce_job(self, "MPI_JOB_ABORT", self->job, 0);
}

static bool ends_with(const char *text, const char *end)
{
  size_t length = strlen(text), end_length = strlen(end);
  return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

void ftblab_mpi_library_failed(ftblab_component *self, const char *why)
{
  const ftblab_mpi *mpi = self->state;
  bool is_full = ends_with(why, FTBLAB_DISK_FULL), is_openmpi = mpi->library == FTBLAB_MPI_OPENMPI;
  if (mpi->library == FTBLAB_MPI_STANDARD)
    return;
  self->world->ops->note_throw(self, "Images of job %s: %s", self->job->name, why);
  if (!is_full)
    throw_value(self, is_openmpi ? "UNKNOWN_ERROR" : "OTHER", NULL, NULL);
  else if (is_openmpi)
    throw_value(self, "OUT_OF_RESOURCES", "cause", "ORTE_ERR_OUT_OF_RESOURCE");
  else
    throw_value(self, "RESOURCES", "resource", "disk");
}

/* ---- possible events of Open MPI, table 3 ------------------------------------------------------------------- */

void ftblab_mpi_library_node(ftblab_component *self, int node, bool alive)
{
  ftblab_mpi *mpi = self->state;
  const char *name = self->world->ops->node_name(self, node);
  ftblab_text head = {0};
  if (alive)
    ftblab_node_set_remove(&mpi->blamed, node);
  if (!mpi->possible)
    return;
  ftblab_payload_add_words(&head, "nodes", &name, 1);
  ftblab_payload_add_words(&head, "jobs", &self->job->name, 1);
  self->world->ops->publish(self, alive ? "MPI_NODE_RESTORED" : "MPI_NODE_DEAD", ftblab_text_string(&head), 0);
  const ftblab_rank_announcement ranks = {.event = alive ? "MPI_RANK_RESTORED" : "MPI_RANK_DEAD",
                                          .head = ftblab_text_string(&head),
                                          .before = alive ? "Back to service: " : "Presumably dead: ",
                                          .after = ""};
  int count = self->world->ops->job_ranks_on(self, self->job->index, node, mpi->ranks);
  ftblab_announce_ranks(self, &ranks, mpi->ranks, count);
  ftblab_text_free(&head);
}

void ftblab_mpi_library_moved(ftblab_component *self, int from, int to)
{
  const ftblab_mpi *mpi = self->state;
  ftblab_text payload = {0};
  if (!mpi->possible)
    return;
  ftblab_add_value(&payload, "snode", self->world->ops->node_name(self, from));
  ftblab_add_value(&payload, "dnode", self->world->ops->node_name(self, to));
  ftblab_payload_add_words(&payload, "jobs", &self->job->name, 1);
  self->world->ops->publish(self, "MPI_NODE_MIGRATE_DONE", ftblab_text_string(&payload), 0);
  ftblab_text_free(&payload);
}

void ftblab_mpi_library_interfaces(ftblab_component *self, const ftblab_delivery *event, bool restored)
{
  ftblab_mpi *mpi = self->state;
  if (!mpi->possible)
    return;
  ftblab_interface_set_read(&mpi->interfaces.set, self, event->payload);
  for (int i = 0; i < mpi->interfaces.set.count; i++)
    ftblab_ports_publish(self, restored ? "MPI_IFACE_RESTORED" : "MPI_IFACE_DEAD", mpi->interfaces.set.ports[i], 1,
                         self->job, 0);
}
