/* test_checkpoint.c - checkpoints, suspension, migration, restart: how long they take, and what becomes of them when
 * something dies meanwhile. Also the predictor and actions by hand.
 *
 * The table of roles is this program's own: in place of MPI there is a role that follows a script and notes what it is
 * told. All times are held against values computed by hand. Network: 12.5 GB/s a link, of which SimGrid's model gives
 * 97 %: 12.125 GB/s. Disks as the scenario says. An iteration takes 1 s. */
#include <math.h>

#include "component.h"
#include "sim_child.h"
#include "suite.h"

/* ---- a role that follows a script -------------------------------------------------------------------- */

typedef enum verb {
  CHECKPOINT,
  SUSPEND,
  GRANT,
  RESUME,
  MIGRATE,
  RELEASE,
  STAGE_CHECKPOINT,
  STAGE_COPY,
  STAGE_RESTART
} verb;

typedef struct step {
  double at;
  verb what;
  const char *job, *from, *to; /* FROM: the node of GRANT and RELEASE too */
} step;

static const step *script;
static size_t script_length;

static void say(ftblab_component *self, const char *what)
{
  ftblab_text_addf(&said, "%s %s at %.9f\n", self->job == NULL ? "-" : self->job->name, what,
                   self->world->ops->now(self));
}

static void say_answer(ftblab_component *self, const char *what, bool good, const char *why)
{
  ftblab_text text = {0};
  ftblab_text_addf(&text, "%s %s (%s)", what, good ? "good" : "bad", why);
  say(self, ftblab_text_string(&text));
  ftblab_text_free(&text);
}

static ftblab_status scripted_start(ftblab_component *self, ftblab_error *err)
{
  (void)err;
  double now = self->world->ops->now(self);
  for (size_t i = 0; i < script_length; i++) {
    if (strcmp(script[i].job, self->job->name) == 0 && script[i].at > now)
      self->world->ops->timer(self, script[i].at - now, 0, (int64_t)i);
  }
  return FTBLAB_OK;
}

static int node_of(ftblab_component *self, const char *name)
{
  return self->world->ops->node_index(self, name, strlen(name));
}

static void scripted_step(ftblab_component *self, int tag, int64_t value)
{
  const ftblab_world_ops *world = self->world->ops;
  const step *next = &script[value];
  int job = self->job->index, node;
  (void)tag;
  switch (next->what) {
  case CHECKPOINT:
    world->job_checkpoint(self, job);
    break;
  case SUSPEND:
    world->job_suspend(self, job);
    break;
  case RESUME:
    world->job_resume(self, job);
    break;
  case MIGRATE:
    world->job_migrate(self, job, node_of(self, next->from), node_of(self, next->to));
    break;
  case STAGE_CHECKPOINT:
  case STAGE_COPY:
  case STAGE_RESTART:
    world->job_stage(self, job, (ftblab_stage)(next->what - STAGE_CHECKPOINT), node_of(self, next->from),
                     node_of(self, next->to));
    break;
  case RELEASE:
    world->job_release(self, job, node_of(self, next->from));
    break;
  case GRANT:
    node = node_of(self, next->from);
    world->job_grant(self, job, &node, 1);
    break;
  }
}

static void scripted_checkpoint(ftblab_component *self, int job, bool good, const char *why)
{
  (void)job;
  say_answer(self, "checkpoint", good, why);
}

static void scripted_restart(ftblab_component *self, int job, bool good, const char *why)
{
  (void)job;
  say_answer(self, "restart", good, why);
}

static void scripted_migrate(ftblab_component *self, int job, int from, int to, bool good, const char *why)
{
  (void)job;
  (void)from;
  (void)to;
  say_answer(self, "migrate", good, why);
}

/* "stage 0 rank 2 done" as it is told; "stage 0 good ()" when it is over. */
static void scripted_stage(ftblab_component *self, const ftblab_stage_answer *answer)
{
  ftblab_text text = {0};
  for (int i = 0; i < answer->count; i++) {
    ftblab_text_clear(&text);
    ftblab_text_addf(&text, "stage %d rank %d %s", (int)answer->stage, (int)answer->ranks[i],
                     answer->failed[i] ? "failed" : "done");
    say(self, ftblab_text_string(&text));
  }
  ftblab_text_clear(&text);
  ftblab_text_addf(&text, "stage %d", (int)answer->stage);
  if (answer->over)
    say_answer(self, ftblab_text_string(&text), answer->good, answer->why);
  ftblab_text_free(&text);
}

static void scripted_images(ftblab_component *self, bool restart, bool end, const int64_t *ranks, int count)
{
  ftblab_text text = {0};
  ftblab_text_addf(&text, "%s %s %d", restart ? "read" : "write", end ? "end" : "begin", count);
  CU_ASSERT_TRUE(count == 0 || ranks[0] >= 0);
  say(self, ftblab_text_string(&text));
  ftblab_text_free(&text);
}

static void scripted_action(ftblab_component *self, const char *action, int node, int job)
{
  ftblab_text text = {0};
  ftblab_text_addf(&text, "action %s %d %d", action, node, job);
  say(self, ftblab_text_string(&text));
  ftblab_text_free(&text);
}

static const ftblab_role_class scripted_mpi = {
    .role = "MPI",
    .space = "ftb.mpi.test",
    .instance = "mpi",
    .scope = FTBLAB_PER_JOB,
    .state_size = 1,
    .start = scripted_start,
    .on_timer = scripted_step,
    .on_checkpoint = scripted_checkpoint,
    .on_restart = scripted_restart,
    .on_migrate = scripted_migrate,
    .on_stage = scripted_stage,
    .on_images = scripted_images,
    .on_action = scripted_action,
};

static ftblab_status nothing_to_start(ftblab_component *self, ftblab_error *err)
{
  (void)self;
  (void)err;
  return FTBLAB_OK;
}

static void note_prediction(ftblab_component *self, int node)
{
  ftblab_text text = {0};
  ftblab_text_addf(&text, "predicted %d", node);
  say(self, ftblab_text_string(&text));
  ftblab_text_free(&text);
}

/* Not the Application: only a role that the scenario may leave out and that listens to predictions. */
static const ftblab_role_class listener = {
    .role = "Application",
    .space = "ftb.app.test",
    .instance = "listener",
    .scope = FTBLAB_PER_CLUSTER,
    .state_size = 1,
    .start = nothing_to_start,
    .on_prediction = note_prediction,
};

extern const ftblab_role_class ftblab_resource_manager_role;
extern const ftblab_role_class ftblab_monitoring_system_role;
extern const ftblab_role_class ftblab_autonomic_script_role;

const ftblab_role_class *const ftblab_role_classes[] = {
    &ftblab_resource_manager_role,
    &ftblab_monitoring_system_role,
    &ftblab_autonomic_script_role,
    &scripted_mpi,
    &listener,
    NULL,
};

/* ---- running ----------------------------------------------------------------------------------------- */

#define HEAD                                                                                                           \
  "{\"ftblab_scenario\": 1, \"title\": \"t\", \"duration\": 5000, "                                                    \
  "\"platform\": {\"file\": \"platforms/cluster-16-storage.xml\"}, "
#define SERVERS(list, more) "\"storage\": {\"kind\": \"parallel-file-system\", \"servers\": [" list "]" more "}, "
#define DISK(bandwidth) ", \"read_bandwidth\": " bandwidth ", \"write_bandwidth\": " bandwidth
#define JOB(name, nodes, more)                                                                                         \
  "{\"name\": \"" name "\", \"nodes\": [" nodes "], \"image_bytes\": 1e10, \"application\": "                          \
  "{\"kind\": \"stencil\", \"iterations\": 100, \"flops\": 1e10, \"halo_bytes\": 0}" more "}"

static outcome play(const char *text, const step *steps, size_t count)
{
  script = steps;
  script_length = count;
  outcome result = run_text(text);
  CU_ASSERT_EQUAL(result.status, FTBLAB_OK);
  CU_ASSERT_TRUE(says(&result, "\nunmet: .\n"));
  return result;
}

/* When the COUNTth (from 1) line that begins with WHAT was said; NAN: never. */
static double when(const outcome *result, const char *what, int count)
{
  ftblab_text line = {0};
  ftblab_text_addf(&line, "\n%s", what);
  const char *found = result->text;
  while (count-- > 0 && found != NULL)
    found = strstr(found + 1, ftblab_text_string(&line));
  const char *at = found == NULL ? NULL : strstr(found, " at ");
  ftblab_text_free(&line);
  if (at == NULL)
    says(result, what);
  return at == NULL ? NAN : strtod(at + strlen(" at "), NULL);
}

static bool near(double is, double wanted)
{
  bool good = fabs(is - wanted) <= 0.01 * wanted;
  if (!good)
    fprintf(stderr, "\n%.9g is not within 1 %% of %.9g\n", is, wanted);
  return good;
}

/* ---- how long it takes ------------------------------------------------------------------------------- */

static const step one_checkpoint[] = {{5.5, CHECKPOINT, "j1", NULL, NULL}};

/* 10 GB over a disk of 1 GB/s: 10 s. The job stands still meanwhile: 100 s become 110 s. */
static void test_one_rank(void)
{
  outcome result =
      play(HEAD SERVERS("\"oss1\"", DISK("1e9")) "\"jobs\": [" JOB("j1", "\"n1\"", "") "]}", one_checkpoint, 1);
  double begin = when(&result, "j1 write begin 1", 1), end = when(&result, "j1 write end 1", 1);
  CU_ASSERT_TRUE(near(begin, 6)); /* the end of the iteration that runs at 5.5 s */
  CU_ASSERT_TRUE(near(end - begin, 10));
  CU_ASSERT_TRUE(when(&result, "j1 checkpoint good ()", 1) == end);
  CU_ASSERT_TRUE(says(&result, "job j1: completed, launched 1 time, 100 iterations, 1 checkpoint\n"));
  const char *ended = strstr(result.text, "ended at ");
  CU_ASSERT_TRUE(ended != NULL && near(strtod(ended + strlen("ended at "), NULL), 110));
  free(result.text);
}

/* 4 images of 10 GB: 40 s over one disk of 1 GB/s, 20 s over two, 10 s if each node has its own. */
static void test_ranks_share_servers(void)
{
  static const struct variant {
    const char *text;
    double seconds;
  } variants[] = {
      {HEAD SERVERS("\"oss1\"", DISK("1e9")) "\"jobs\": [" JOB("j1", "\"n1\", \"n2\", \"n3\", \"n4\"", "") "]}", 40},
      {HEAD SERVERS("\"oss1\", \"oss2\"", DISK("1e9")) "\"jobs\": [" JOB("j1", "\"n1\", \"n2\", \"n3\", \"n4\"",
                                                                         "") "]}",
       20},
      {HEAD "\"storage\": {\"kind\": \"node-local\"" DISK("1e9") "}, \"jobs\": [" JOB(
           "j1", "\"n1\", \"n2\", \"n3\", \"n4\"", "") "]}",
       10},
      /* the platform's own disks: 2 GB/s */
      {HEAD SERVERS("\"oss1\"", "") "\"jobs\": [" JOB("j1", "\"n1\", \"n2\", \"n3\", \"n4\"", "") "]}", 20},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(variants); i++) {
    outcome result = play(variants[i].text, one_checkpoint, 1);
    CU_ASSERT_TRUE(
        near(when(&result, "j1 write end 4", 1) - when(&result, "j1 write begin 4", 1), variants[i].seconds));
    free(result.text);
  }
}

/* Two jobs of 2 images each begin at the same time: 4 * 10 GB over 1 GB/s, 40 s for both. */
static void test_jobs_share(void)
{
  static const step steps[] = {{5.5, CHECKPOINT, "j1", NULL, NULL}, {5.5, CHECKPOINT, "j2", NULL, NULL}};
  outcome result = play(HEAD SERVERS("\"oss1\"", DISK("1e9")) "\"jobs\": [" JOB("j1", "\"n1\", \"n2\"", "") ", " JOB(
                            "j2", "\"n3\", \"n4\"", "") "]}",
                        steps, 2);
  CU_ASSERT_TRUE(near(when(&result, "j1 write end 2", 1) - when(&result, "j1 write begin 2", 1), 40));
  CU_ASSERT_TRUE(near(when(&result, "j2 write end 2", 1) - when(&result, "j2 write begin 2", 1), 40));
  free(result.text);
}

/* A disk of 100 GB/s is no bound: 10 GB over the server's link of 12.125 GB/s, 0.825 s; from 4 nodes 3.299 s. */
static void test_network_is_the_bound(void)
{
  const char *chunk = ", \"chunk_bytes\": 1e8" DISK("1e11");
  static const char *const nodes[] = {"\"n1\"", "\"n1\", \"n2\", \"n3\", \"n4\""};
  static const char *const begin[] = {"j1 write begin 1", "j1 write begin 4"};
  static const char *const end[] = {"j1 write end 1", "j1 write end 4"};
  static const double seconds[] = {10 / 12.125, 40 / 12.125};
  for (size_t i = 0; i < FTBLAB_COUNT(nodes); i++) {
    ftblab_text text = {0};
    ftblab_text_addf(&text, HEAD SERVERS("\"oss1\"", "%s") "\"jobs\": [" JOB("j1", "%s", "") "]}", chunk, nodes[i]);
    outcome result = play(ftblab_text_string(&text), one_checkpoint, 1);
    CU_ASSERT_TRUE(near(when(&result, end[i], 1) - when(&result, begin[i], 1), seconds[i]));
    ftblab_text_free(&text);
    free(result.text);
  }
}

/* Two images of 10 GB from n2 to n9 over 12.125 GB/s: 1.649 s. n1's stay where they are. */
static void test_migration(void)
{
  static const step steps[] = {
      {4.2, GRANT, "j1", "n9", NULL}, {5.5, MIGRATE, "j1", "n2", "n9"}, {20, RELEASE, "j1", "n2", NULL}};
  outcome result =
      play(HEAD "\"jobs\": [" JOB("j1", "\"n1\", \"n2\"",
                                  ", \"ranks_per_node\": 2") "], \"faults\": "
                                                             "[{\"kind\": \"node-crash\", \"node\": \"n2\", \"at\": "
                                                             "50}], \"expect\": {\"jobs\": "
                                                             "{\"j1\": \"completed\"}, \"iterations\": {\"j1\": 100}}}",
           steps, 3);
  double begin = when(&result, "j1 write begin 2", 1);
  CU_ASSERT_TRUE(near(begin, 6));
  CU_ASSERT_TRUE(near(when(&result, "j1 read end 2", 1) - begin, 20 / 12.125));
  CU_ASSERT_TRUE(when(&result, "j1 migrate good ()", 1) == when(&result, "j1 read end 2", 1));
  CU_ASSERT_TRUE(says(&result, "\"JOB_STARTED\", \"payload\": \"jobs: {j1}, nodes: {n1, n9}, ranks: {0-3}\""));
  CU_ASSERT_TRUE(says(&result, "\"note\": \"migrated from n2 to n9\""));
  free(result.text);
}

/* An image of 10 GB leaves n2 over InfiniBand at 12.125 GB/s, which fails after 0.4 s. Nine pieces of 0.5 GB are
 * through by then; 5.5 GB go over Ethernet at 1.2125 GB/s: 0.4 s and 4.536 s. A whole image in one piece is sent anew:
 * 0.4 s and 8.247 s. When both fail nothing has moved. */
static void test_migration_over_second_rail(void)
{
  static const step steps[] = {{4.2, GRANT, "j1", "n9", NULL}, {5.5, MIGRATE, "j1", "n2", "n9"}};
  static const struct way {
    const char *chunk, *interfaces;
    double seconds; /* 0: it fails */
  } ways[] = {
      {"5e8", "\"ib0\"", 0.4 + 5.5 / 1.2125}, {"1e11", "\"ib0\"", 0.4 + 10 / 1.2125}, {"5e8", "\"ib0\", \"eth0\"", 0}};
  for (size_t i = 0; i < FTBLAB_COUNT(ways); i++) {
    ftblab_text text = {0};
    ftblab_text_addf(
        &text,
        "{\"ftblab_scenario\": 1, \"title\": \"t\", \"duration\": 400, \"until_quiet\": false, \"platform\": "
        "{\"file\": \"platforms/dual-rail-64.xml\"}, \"storage\": {\"kind\": \"node-local\", "
        "\"read_bandwidth\": 1e9, \"write_bandwidth\": 1e9, \"chunk_bytes\": %s}, \"jobs\": [" JOB(
            "j1", "\"n1\", \"n2\"", "") "], \"faults\": [{\"kind\": \"interface-down\", \"node\": \"n2\", "
                                        "\"interface\": [%s], \"at\": 6.4}], \"expect\": {}}",
        ways[i].chunk, ways[i].interfaces);
    outcome result = play(ftblab_text_string(&text), steps, FTBLAB_COUNT(steps));
    if (ways[i].seconds > 0) {
      double took = when(&result, "j1 migrate good ()", 1) - when(&result, "j1 write begin 1", 1);
      CU_ASSERT_TRUE(near(took, ways[i].seconds));
    } else {
      CU_ASSERT_TRUE(says(&result, "j1 migrate bad (an interface of node n2 or n9 has failed)"));
    }
    free(result.text);
    ftblab_text_free(&text);
  }
}

/* A node that was granted is taken back before the job is resumed there, or while its images are read: there is no
 * resumption, until nodes are granted anew. */
static void test_grant_is_taken_back(void)
{
  static const step steps[] = {{5.5, CHECKPOINT, "j1", NULL, NULL}, {26.05, SUSPEND, "j1", NULL, NULL},
                               {100, GRANT, "j1", "n5", NULL},      {110, RELEASE, "j1", "n5", NULL},
                               {120, RESUME, "j1", NULL, NULL},     {130, GRANT, "j1", "n6", NULL},
                               {140, RESUME, "j1", NULL, NULL},     {150, RELEASE, "j1", "n6", NULL},
                               {160, GRANT, "j1", "n7", NULL},      {170, RESUME, "j1", NULL, NULL}};
  outcome result =
      play(HEAD SERVERS("\"oss1\"", DISK("1e9")) "\"jobs\": [" JOB("j1", "\"n1\", \"n2\"", "") "], "
                                                                                               "\"expect\": {\"jobs\": "
                                                                                               "{\"j1\": "
                                                                                               "\"completed\"}}}",
           steps, FTBLAB_COUNT(steps));
  CU_ASSERT_TRUE(near(when(&result, "j1 restart bad (no nodes were granted to the job)", 1), 120));
  CU_ASSERT_TRUE(near(when(&result, "j1 restart bad (node n6 was taken back)", 1), 150));
  CU_ASSERT_TRUE(near(when(&result, "j1 restart good ()", 1), 190));
  CU_ASSERT_TRUE(says(&result, "\"JOB_STARTED\", \"payload\": \"jobs: {j1}, nodes: {n7}, ranks: {0-1}\""));
  free(result.text);
}

/* ---- a migration in stages --------------------------------------------------------------------------- */

#define STAGED(job, faults)                                                                                            \
  HEAD "\"storage\": {\"kind\": \"node-local\"" DISK("1e9") "%s}, \"jobs\": [" JOB(                                    \
      "j1", job, ", \"ranks_per_node\": 2") "]" faults ", \"expect\": {\"jobs\": {\"j1\": \"%s\"}}}"

static const step staged[] = {
    {4, GRANT, "j1", "n9", NULL},
    {5.5, STAGE_CHECKPOINT, "j1", "n2", "n9"},
    {5.6, STAGE_CHECKPOINT, "j1", "n2", "n9"}, /* twice: nothing happens */
    {5.7, STAGE_COPY, "j1", "n2", "n9"},       /* too early: nothing happens */
    {30, STAGE_COPY, "j1", "n2", "n9"},
    {60, STAGE_RESTART, "j1", "n2", "n9"},
    {61, STAGE_RESTART, "j1", "n2", "n9"},
};

/* MORE: of the storage. */
static outcome play_staged(const char *format, const char *more, const char *state)
{
  char scenario[2048];
  snprintf(scenario, sizeof scenario, format, more, state);
  return play(scenario, staged, FTBLAB_COUNT(staged));
}

/* 2 * 10 GB onto a disk of 1 GB/s: 20 s. From there over the network to the spare's disk, in a pipeline of chunks: 20 s
 * and one chunk of each rank. Then one rank after the other reads, 10 s each. The job stands still from 6 s to 80 s, so
 * 100 s of work end at 174 s. */
static void test_stages(void)
{
  outcome result = play_staged(STAGED("\"n1\", \"n2\"", ""), "", "completed");
  CU_ASSERT_TRUE(near(when(&result, "j1 write begin 2", 1), 6));
  CU_ASSERT_TRUE(near(when(&result, "j1 stage 0 rank 2 done", 1), 26));
  CU_ASSERT_TRUE(near(when(&result, "j1 stage 0 good ()", 1), 26));
  CU_ASSERT_TRUE(near(when(&result, "j1 stage 1 good ()", 1), 50));
  CU_ASSERT_TRUE(near(when(&result, "j1 stage 2 rank 2 done", 1), 70));
  CU_ASSERT_TRUE(near(when(&result, "j1 stage 2 rank 3 done", 1), 80));
  CU_ASSERT_TRUE(when(&result, "j1 stage 2 good ()", 1) == when(&result, "j1 stage 2 rank 3 done", 1));
  CU_ASSERT_TRUE(says(&result, "\"JOB_STARTED\", \"payload\": \"jobs: {j1}, nodes: {n1, n9}, ranks: {0-3}\""));
  CU_ASSERT_TRUE(says(&result, "ended at 174."));
  free(result.text);
}

/* Room for one image: that rank is through after 10 s, and the migration is off. The job loses 10 s and no more. */
static void test_stage_on_full_disk(void)
{
  outcome result = play_staged(STAGED("\"n1\", \"n2\"", ""), ", \"capacity\": 1.5e10", "completed");
  CU_ASSERT_TRUE(near(when(&result, "j1 stage 0 rank 2 done", 1), 16));
  CU_ASSERT_TRUE(near(when(&result, "j1 stage 0 rank 3 failed", 1), 16));
  CU_ASSERT_TRUE(near(when(&result, "j1 stage 0 bad (", 1), 16));
  CU_ASSERT_TRUE(says(&result, "ended at 110."));
  free(result.text);
}

#define DIES(node, at) ", \"faults\": [{\"kind\": \"node-crash\", \"node\": \"" node "\", \"at\": " at "}]"

static void test_death_in_stages(void)
{
  static const struct {
    const char *scenario, *rank, *answer;
    double at;
    const char *state;
  } cases[] = {
      {STAGED("\"n1\", \"n2\"", DIES("n1", "5.7")), "j1 stage 0 rank 2 failed", "j1 stage 0 bad (node n1 died)", 5.7,
       "aborted"}, /* before all have stopped */
      {STAGED("\"n1\", \"n2\"", DIES("n1", "10")), "j1 stage 0 rank 3 failed", "j1 stage 0 bad (node n1 died)", 10,
       "aborted"},
      {STAGED("\"n1\", \"n2\"", DIES("n9", "40")), "j1 stage 1 rank 2 failed", "j1 stage 1 bad (node n9 is down)", 40,
       "completed"},
      {STAGED("\"n1\", \"n2\"", DIES("n9", "75")), "j1 stage 2 rank 3 failed", "j1 stage 2 bad (node n9 died)", 75,
       "completed"},
      {STAGED("\"n1\", \"n2\"", DIES("n2", "40")), "j1 stage 1 rank 2 failed", "j1 stage 1 bad (node n2 died)", 40,
       "aborted"},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(cases); i++) {
    outcome result = play_staged(cases[i].scenario, "", cases[i].state);
    CU_ASSERT_TRUE(near(when(&result, cases[i].rank, 1), cases[i].at));
    CU_ASSERT_TRUE(near(when(&result, cases[i].answer, 1), cases[i].at));
    free(result.text);
  }
}

/* Writing 2 * 10 GB takes 20 s, and reading them back on other nodes too. No iteration is lost or done twice: 100 s of
 * work, 20 s, a pause from 26 s to 200 s, 20 s: the end is at 6 + 20 + 174 + 20 + 94 = 314 s. */
static void test_suspend_and_resume(void)
{
  static const step steps[] = {{5.5, CHECKPOINT, "j1", NULL, NULL},
                               {26.05, SUSPEND, "j1", NULL, NULL},
                               {100, GRANT, "j1", "n5", NULL},
                               {200, RESUME, "j1", NULL, NULL}};
  outcome result = play(
      HEAD SERVERS("\"oss1\"", DISK("1e9")) "\"jobs\": [" JOB(
          "j1", "\"n1\", \"n2\"", "") "], "
                                      "\"expect\": {\"jobs\": {\"j1\": \"completed\"}, \"iterations\": {\"j1\": 100}, "
                                      "\"launches\": {\"j1\": 1}, \"checkpoints\": {\"j1\": 1}}}",
      steps, 4);
  CU_ASSERT_TRUE(near(when(&result, "j1 read end 2", 1) - when(&result, "j1 read begin 2", 1), 20));
  CU_ASSERT_TRUE(when(&result, "j1 restart good ()", 1) == when(&result, "j1 read end 2", 1));
  CU_ASSERT_TRUE(says(&result, "\"note\": \"suspended\""));
  CU_ASSERT_TRUE(says(&result, "\"JOB_STARTED\", \"payload\": \"jobs: {j1}, nodes: {n5}, ranks: {0-1}\""));
  CU_ASSERT_TRUE(says(&result, "\"note\": \"resumed\""));
  const char *ended = strstr(result.text, "ended at ");
  CU_ASSERT_TRUE(ended != NULL && near(strtod(ended + strlen("ended at "), NULL), 314));
  outcome again = play(
      HEAD SERVERS("\"oss1\"", DISK("1e9")) "\"jobs\": [" JOB(
          "j1", "\"n1\", \"n2\"", "") "], "
                                      "\"expect\": {\"jobs\": {\"j1\": \"completed\"}, \"iterations\": {\"j1\": 100}, "
                                      "\"launches\": {\"j1\": 1}, \"checkpoints\": {\"j1\": 1}}}",
      steps, 4);
  CU_ASSERT_STRING_EQUAL(result.text, again.text);
  free(result.text);
  free(again.text);
}

/* The run ends while images are written: nothing is left behind, and the process ends well. */
static void test_cut_short(void)
{
  script = one_checkpoint;
  script_length = 1;
  outcome result = run_text("{\"ftblab_scenario\": 1, \"title\": \"t\", \"duration\": 9.5, \"platform\": "
                            "{\"file\": \"platforms/cluster-16-storage.xml\"}, " SERVERS(
                                "\"oss1\"", "") "\"jobs\": [" JOB("j1", "\"n1\", \"n2\"", "") "]}");
  CU_ASSERT_EQUAL(result.status, FTBLAB_OK);
  CU_ASSERT_TRUE(says(&result, "job j1: running, launched 1 time, 6 iterations"));
  free(result.text);
}

/* ---- when something is wrong --------------------------------------------------------------------------- */

/* 15 GB of room: the second checkpoint does not fit beside the first, which stays good. */
static void test_full_disk(void)
{
  static const step steps[] = {{5.5, CHECKPOINT, "j1", NULL, NULL},
                               {30.5, CHECKPOINT, "j1", NULL, NULL},
                               {40.5, SUSPEND, "j1", NULL, NULL},
                               {50, GRANT, "j1", "n5", NULL},
                               {60, RESUME, "j1", NULL, NULL}};
  outcome result = play(HEAD SERVERS("\"oss1\"", ", \"capacity\": 1.5e10" DISK("1e9")) "\"jobs\": [" JOB(
                            "j1", "\"n1\"", "") "], \"expect\": {\"checkpoints\": {\"j1\": 1}, "
                                                "\"iterations\": {\"j1\": 100}}}",
                        steps, 5);
  CU_ASSERT_TRUE(near(when(&result, "j1 checkpoint bad (the disk of oss1 is full)", 1), 31));
  CU_ASSERT_TRUE(near(when(&result, "j1 restart good ()", 1), 70));
  free(result.text);
}

static void test_no_storage(void)
{
  static const step steps[] = {{5.5, CHECKPOINT, "j1", NULL, NULL},
                               {6.5, SUSPEND, "j1", NULL, NULL},
                               {7.5, RESUME, "j1", NULL, NULL},
                               {8.5, MIGRATE, "j1", "n1", "n9"},
                               {9.5, MIGRATE, "j1", "n7", "n1"}};
  outcome result = play(HEAD "\"jobs\": [" JOB("j1", "\"n1\"", "") "], \"expect\": {\"jobs\": "
                                                                   "{\"j1\": \"completed\"}}}",
                        steps, 5);
  CU_ASSERT_TRUE(says(&result, "j1 checkpoint bad (there is no storage for images)"));
  CU_ASSERT_TRUE(says(&result, "j1 restart bad (the job is not suspended)"));
  CU_ASSERT_TRUE(says(&result, "j1 migrate bad (the target was not granted to the job)"));
  CU_ASSERT_TRUE(says(&result, "j1 migrate bad (no rank of the job is there)"));
  free(result.text);
}

typedef struct death {
  const char *node;
  double at;
  const char *answer, *state;
} death;

#define DEATHS                                                                                                         \
  HEAD SERVERS("\"oss1\"", DISK("1e9")) "\"jobs\": [" JOB(                                                             \
      "j1", "\"n1\", \"n2\"",                                                                                          \
      ", \"policy\": \"abort\"") "], \"faults\": [{\"kind\": \"node-crash\", \"node\": \"%s\", \"at\": %g}], "         \
                                 "\"expect\": {\"jobs\": {\"j1\": \"%s\"}}}"

static void test_deaths(const step *steps, size_t count, const death *deaths, size_t death_count)
{
  for (size_t i = 0; i < death_count; i++) {
    ftblab_text text = {0};
    ftblab_text_addf(&text, DEATHS, deaths[i].node, deaths[i].at, deaths[i].state);
    outcome result = play(ftblab_text_string(&text), steps, count);
    CU_ASSERT_TRUE(near(when(&result, deaths[i].answer, 1), deaths[i].at));
    ftblab_text_free(&text);
    free(result.text);
  }
}

static void test_death_in_checkpoint(void)
{
  static const death deaths[] = {
      {"oss1", 10, "j1 checkpoint bad (node oss1 is down)", "completed"},
      {"n2", 5.7, "j1 checkpoint bad (node n2 died)", "aborted"}, /* before all have stopped */
      {"n2", 10, "j1 checkpoint bad (node n2 died)", "aborted"},
  };
  test_deaths(one_checkpoint, 1, deaths, FTBLAB_COUNT(deaths));
}

static void test_death_in_migration(void)
{
  static const step steps[] = {
      {4, GRANT, "j1", "n9", NULL}, {5.5, MIGRATE, "j1", "n2", "n9"}, {20, RELEASE, "j1", "n9", NULL}};
  static const death deaths[] = {
      {"n9", 5.7, "j1 migrate bad (node n9 died)", "completed"},
      {"n9", 6.4, "j1 migrate bad (node n9 died)", "completed"},
      {"n2", 6.4, "j1 migrate bad (node n2 died)", "aborted"},
      {"n1", 6.4, "j1 migrate bad (node n1 died)", "aborted"},
  };
  test_deaths(steps, FTBLAB_COUNT(steps), deaths, FTBLAB_COUNT(deaths));
}

/* The node dies while it reads: the job stays suspended, and is resumed elsewhere. */
static void test_death_in_restart(void)
{
  static const step steps[] = {{5.5, CHECKPOINT, "j1", NULL, NULL}, {27, SUSPEND, "j1", NULL, NULL},
                               {100, GRANT, "j1", "n5", NULL},      {100, RESUME, "j1", NULL, NULL},
                               {200, GRANT, "j1", "n6", NULL},      {200, RESUME, "j1", NULL, NULL}};
  static const death deaths[] = {
      {"n5", 110, "j1 restart bad (node n5 died)", "completed"},
      {"oss1", 110, "j1 restart bad (node oss1 is down)", "suspended"},
  };
  test_deaths(steps, FTBLAB_COUNT(steps), deaths, FTBLAB_COUNT(deaths));
}

/* The node dies 30 iterations after the checkpoint; the job is aborted, launched again, and starts at iteration 6. */
static void test_requeue_restarts_from_checkpoint(void)
{
  outcome result =
      play(HEAD SERVERS(
               "\"oss1\"",
               DISK("1e9")) "\"jobs\": [{\"name\": \"j1\", \"nodes\": 2, "
                            "\"image_bytes\": 1e10, \"requeue\": true, \"restart\": \"checkpoint\", \"application\": "
                            "{\"kind\": \"stencil\", \"iterations\": 100, \"flops\": 1e10, \"halo_bytes\": 0}}], "
                            "\"faults\": [{\"kind\": \"node-crash\", \"node\": \"n2\", \"at\": 60}], "
                            "\"expect\": {\"jobs\": {\"j1\": \"completed\"}, \"launches\": {\"j1\": 2}, "
                            "\"iterations\": {\"j1\": 100}}}",
           one_checkpoint, 1);
  double begin = when(&result, "j1 read begin 2", 1);
  CU_ASSERT_TRUE(near(when(&result, "j1 restart good ()", 1) - begin, 20));
  const char *ended = strstr(result.text, "ended at ");
  CU_ASSERT_TRUE(ended != NULL && near(strtod(ended + strlen("ended at "), NULL), begin + 20 + 94));
  CU_ASSERT_TRUE(says(&result, "launched again from its checkpoint"));
  free(result.text);
}

/* ---- predictor and actions ----------------------------------------------------------------------------- */

/* 160 crashes with recall 0.75: 120 true predictions (standard deviation 5.5), and with precision 0.8 as many times 1/4
 * false ones: 30 (6.7). Bounds of three standard deviations. */
static void test_predictor(void)
{
  ftblab_text text = {0};
  int right = 0, wrong = 0;
  ftblab_text_add(&text, HEAD "\"predictor\": {\"recall\": 0.75, \"precision\": 0.8, \"lead_time\": 7}, \"faults\": [");
  for (int i = 0; i < 160; i++)
    ftblab_text_addf(&text, "%s{\"kind\": \"node-crash\", \"node\": \"n%d\", \"at\": %d, \"returns_after\": 1}",
                     i == 0 ? "" : ", ", i % 16 + 1, 20 + 10 * i);
  ftblab_text_add(&text, "], \"components\": {\"Monitoring System\": {\"enabled\": false}, "
                         "\"Autonomic Script\": {\"enabled\": false}}}");
  outcome result = play(ftblab_text_string(&text), NULL, 0);
  for (const char *line = strstr(result.text, "\n- predicted "); line != NULL; line = strstr(line + 1, "\n- predict")) {
    int node = 0;
    double date = 0;
    CU_ASSERT_EQUAL(sscanf(line, "\n- predicted %d at %lf", &node, &date), 2);
    int fault = (int)lround((date + 7 - 20) / 10);
    bool true_one = fabs(date + 7 - 20 - 10 * fault) < 1e-6 && fault % 16 + 2 == node; /* after login1, login2 */
    right += true_one;
    wrong += !true_one;
  }
  CU_ASSERT_TRUE(abs(right - 120) <= 17);
  CU_ASSERT_TRUE(abs(wrong - 30) <= 20);
  ftblab_text_free(&text);
  free(result.text);
}

static void test_by_hand(void)
{
  outcome result = play(
      HEAD "\"jobs\": [" JOB("j1", "\"n1\"", "") ", " JOB(
          "j2", "\"n2\"",
          "") "], \"faults\": ["
              "{\"kind\": \"prediction\", \"node\": \"n3\", \"at\": 3}, "
              "{\"kind\": \"action\", \"role\": \"MPI\", \"action\": \"return-node\", \"node\": \"n4\", \"at\": 4}, "
              "{\"kind\": \"action\", \"role\": \"MPI\", \"action\": \"suspend\", \"job\": \"j2\", "
              "\"when\": {\"event\": \"JOB_STARTED\"}, \"after\": 5}]}",
      NULL, 0);
  CU_ASSERT_TRUE(says(&result, "\n- predicted 4 at 3.0")); /* login1, login2, n1, n2, n3 */
  CU_ASSERT_TRUE(says(&result, "\nj1 action return-node 5 -1 at 4.0"));
  CU_ASSERT_TRUE(says(&result, "\nj2 action return-node 5 -1 at 4.0"));
  CU_ASSERT_TRUE(says(&result, "\nj2 action suspend -1 1 at 5.0"));
  CU_ASSERT_PTR_NULL(strstr(result.text, "j1 action suspend"));
  free(result.text);
}

static void test_bad_keys(void)
{
  static const struct bad {
    const char *text, *place, *reason;
  } table[] = {
      {HEAD SERVERS("\"oss9\"", "") "\"faults\": []}", "$.storage.servers[0]", "oss1"},
      {HEAD SERVERS("\"n1\"", "") "\"faults\": []}", "n1 has no disk", ""},
      {HEAD "\"storage\": {\"kind\": \"node-local\", \"servers\": [\"n1\"]}}", "$.storage", ""},
      {HEAD "\"predictor\": {\"recall\": 1, \"precision\": 0, \"lead_time\": 1}}", "$.predictor.precision", ""},
      {HEAD "\"faults\": [{\"kind\": \"action\", \"role\": \"Application\", \"action\": \"x\", \"at\": 1}]}",
       "$.faults[0].role", "no actions"},
      {HEAD "\"faults\": [{\"kind\": \"action\", \"role\": \"MPI\", \"action\": \"x\", \"job\": \"j9\", \"at\": 1}]}",
       "$.faults[0].job", "no job"},
      {HEAD "\"faults\": [{\"kind\": \"node-crash\", \"node\": \"n1\", \"job\": \"j9\", \"at\": 1}]}",
       "$.faults[0].job", "only an action"},
  };
  for (size_t i = 0; i < FTBLAB_COUNT(table); i++) {
    outcome result = run_text(table[i].text);
    CU_ASSERT_EQUAL(result.status, FTBLAB_EINPUT);
    CU_ASSERT_TRUE(says(&result, table[i].place));
    CU_ASSERT_TRUE(says(&result, table[i].reason));
    free(result.text);
  }
}

static const ftblab_unit_test tests[] = {
    {"S bytes over bandwidth W take S/W", test_one_rank},
    {"ranks share servers", test_ranks_share_servers},
    {"jobs share a server", test_jobs_share},
    {"the network is the bound", test_network_is_the_bound},
    {"migration", test_migration},
    {"migration over the second rail", test_migration_over_second_rail},
    {"a grant is taken back", test_grant_is_taken_back},
    {"a migration in stages", test_stages},
    {"its disk is full", test_stage_on_full_disk},
    {"a node dies during its stages", test_death_in_stages},
    {"suspend and resume", test_suspend_and_resume},
    {"a run that is cut in a checkpoint", test_cut_short},
    {"full disk", test_full_disk},
    {"what is not possible is answered", test_no_storage},
    {"a node dies during a checkpoint", test_death_in_checkpoint},
    {"a node dies during a migration", test_death_in_migration},
    {"a node dies during a restart", test_death_in_restart},
    {"an aborted job restarts from its checkpoint", test_requeue_restarts_from_checkpoint},
    {"predictor", test_predictor},
    {"predictions and actions by hand", test_by_hand},
    {"bad keys", test_bad_keys},
};

int main(void)
{
  scenario_file = "test-checkpoint-scenario.json";
  return ftblab_suite("checkpoint", tests, FTBLAB_COUNT(tests));
}
