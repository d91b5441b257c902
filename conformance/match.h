/* match.h - what branch.c, incident.c and match.c share: how well an entry fits, and the index of open incidents.
 * Private to the three, and to those who explain findings. */
#ifndef FTBLAB_MATCH_H
#define FTBLAB_MATCH_H

#include "check.h"

/* The better, the smaller; match.c says what each means. */
enum tier { TIER_WAITS = 1, TIER_TRIGGER, TIER_EARLY, TIER_VALUES, TIER_FORK, TIER_NOTHING };

#define MOST_REPEATS 16 /* of one entry in a branch that is not its incident's first; chosen */

/* index.c: lists that hold all that is asked for, and, where they are short, others as well: who asks must look. */
const pointers *ftblab_entries_like(entry_index *index, const pointers *all, int role, ftblab_action action, int event);
const pointers *ftblab_entries_of_event(entry_index *index, const pointers *all, ftblab_action action, int event);
const pointers *ftblab_entries_of_instance(entry_index *index, const pointers *all, const entry *e);
/* Those that name JOB, and those that name none. */
void ftblab_entries_of_job(entry_index *index, const pointers *all, value job, const pointers *lists[2]);
/* Branches of IN that may agree with ALTERNATIVE; the second list may be empty. */
void ftblab_branches_for(const incident *in, const binding *alternative, const pointers *lists[2]);
/* B is new, or has bound more than BEFORE. False: no memory. */
bool ftblab_branch_bound(ftblab_exact *checker, branch *b, const binding *before);
/* Incidents of G that bind V besides their keys; NULL: none. */
const pointers *ftblab_incidents_binding(const group *g, int variable, value v);

/* branch.c */
/* Rows of W that must stand before ROW, in the order asked for. */
uint64_t ftblab_rows_before(const ftblab_exact *checker, const ftblab_workflow *w, size_t row);
/* Is E of the component, action and event of ROW? */
bool ftblab_row_is_visible(const ftblab_exact *checker, const ftblab_row *row); /* to the recorder */
bool ftblab_row_takes(const ftblab_row *row, const entry *e);
/* Bind in INTO what it leaves open and FROM binds. */
void ftblab_binding_merge(binding *into, const binding *from);
/* Does ROW carry values that tell instances apart? */
bool ftblab_asks_for_values(const group *g, const ftblab_row *row);
/* How well E, read with ALTERNATIVE, fits IN. */
enum tier ftblab_tier_of_incident(const ftblab_exact *checker, incident *in, const binding *alternative,
                                  const entry *e);
/* Is there another entry in B with the role, action, event and instance of E? */
bool ftblab_is_repeat(branch *b, const entry *e);
bool ftblab_is_repeated_enough(incident *in, const entry *e); /* one more of E tells nothing new */
/* A branch without entries. NULL: no memory. */
branch *ftblab_branch_new(ftblab_exact *checker, incident *in, const binding *bound);

/* match.c: has a workflow of G a row for E that must be there? */
bool ftblab_entry_is_required(const ftblab_exact *checker, const group *g, const entry *e);

/* incident.c */
typedef struct ftblab_index_node {
  struct ftblab_index_node *next;
  incident *incident;
  const group *group;
  int variable;
  value value;
} ftblab_index_node;
/* Open incidents of G whose key has V for VARIABLE. */
ftblab_index_node *ftblab_index_first(const ftblab_exact *checker, const group *g, int variable, value v);
ftblab_index_node *ftblab_index_next(const ftblab_index_node *node);
ftblab_index_node *ftblab_index_sharing(const ftblab_exact *checker, const group *g, const binding *alternative,
                                        bool *has_key);
/* Begin an incident with E, in the place of OLD if that is not NULL. NULL: no memory. */
incident *ftblab_incident_open(ftblab_exact *checker, group *g, const binding *alternative, entry *e, incident *old);
bool ftblab_incident_is_finished(const ftblab_exact *checker, const incident *in); /* all rows are there */
/* May the trigger E begin anew although IN is there? */
bool ftblab_incident_is_over(const ftblab_exact *checker, const incident *in, const entry *e);
/* Give E, read with ALTERNATIVE, to IN: to each branch that agrees, once. False: no memory. */
bool ftblab_incident_hold(ftblab_exact *checker, incident *in, const binding *alternative, entry *e);
/* nodes: {a, b} for "node x,q": let the incident that is open tell which is the source. */
void ftblab_turn_pair(const ftblab_exact *checker, const group *g, const entry *e, binding *alternative);

#endif
