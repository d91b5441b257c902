/* sequence.c - lays a trace out as a sequence diagram. What must hold: every record is drawn, or counted as left out
 * where it would stand; a trace of any length gives a bounded number of entries. */
#include "sequence.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LANES 16   /* chosen, no source: roles beyond share the last lane */
#define NEIGHBOURS 2    /* chosen, no source: records before and behind one that is wrong */
#define STEPS_ROOM 4096 /* bytes of step numbers that one entry keeps */

static ftblab_status no_memory(ftblab_error *err)
{
  return ftblab_fail(err, FTBLAB_ENOMEM, "no memory for a picture");
}

/* A fact "..._FAILED" or "..._LOST" is a failure, as the contract's facts are named. */
bool ftblab_is_failure(const ftblab_record *record)
{
  static const char *const endings[] = {"_FAILED", "_LOST"};
  for (size_t i = 0; i < FTBLAB_COUNT(endings) && record->action == FTBLAB_FACT; i++) {
    size_t length = strlen(endings[i]);
    if (record->event.length >= length &&
        memcmp(record->event.data + record->event.length - length, endings[i], length) == 0)
      return true;
  }
  return false;
}

/* ---- items: the trace, and what is missing in it -------------------------------------------------------- */

static ftblab_slice slice_at(const cJSON *object, const char *key)
{
  const char *string = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
  return string ? ftblab_string_slice(string) : (ftblab_slice){0};
}

/* What an edit would add, as a record. False: it is nothing that can be drawn. */
static bool read_ghost(const cJSON *operation, ftblab_record *record)
{
  const cJSON *added = cJSON_GetObjectItemCaseSensitive(operation, "record");
  const char *action = ftblab_string_at(added, "action");
  *record = (ftblab_record){.action = strcmp(action, "throw") == 0 ? FTBLAB_THROW : FTBLAB_CATCH,
                            .component = slice_at(added, "component"),
                            .event = slice_at(added, "event"),
                            .payload = slice_at(added, "payload"),
                            .instance = slice_at(added, "instance")};
  return strcmp(ftblab_string_at(operation, "do"), "add") == 0 && record->component.data && record->event.data &&
         (strcmp(action, "throw") == 0 || strcmp(action, "catch") == 0);
}

/* A ghost stands behind the record of line AFTER, in the order of the findings. */
typedef struct ghost {
  uint64_t after;
  size_t finding;
  ftblab_record record;
} ghost;

static int compare_ghosts(const void *left, const void *right)
{
  const ghost *a = left, *b = right;
  if (a->after != b->after)
    return a->after < b->after ? -1 : 1;
  return a->finding < b->finding ? -1 : a->finding > b->finding;
}

static size_t count_operations(const ftblab_marks *marks)
{
  size_t count = 0;
  for (size_t i = 0; i < marks->finding_count; i++) {
    const cJSON *edit = cJSON_GetObjectItemCaseSensitive(marks->findings[i].violation, "edit");
    for (const cJSON *operation = ftblab_list_at(edit, "operations"); operation; operation = operation->next)
      count++;
  }
  return count;
}

static size_t collect_ghosts(const ftblab_marks *marks, ghost *ghosts)
{
  size_t count = 0;
  for (size_t i = 0; i < marks->finding_count; i++) {
    const cJSON *edit = cJSON_GetObjectItemCaseSensitive(marks->findings[i].violation, "edit");
    for (const cJSON *operation = ftblab_list_at(edit, "operations"); operation; operation = operation->next) {
      ghosts[count] = (ghost){.after = ftblab_number_at(operation, "after"), .finding = marks->findings[i].number};
      count += read_ghost(operation, &ghosts[count].record);
    }
  }
  qsort(ghosts, count, sizeof *ghosts, compare_ghosts);
  return count;
}

static void add_item(ftblab_sequence *sequence, const ftblab_record *record, size_t finding, bool is_ghost)
{
  sequence->items[sequence->item_count++] = (ftblab_seq_item){.record = *record,
                                                              .ghost = is_ghost,
                                                              .chosen = true,
                                                              .finding = finding,
                                                              .link = FTBLAB_NOWHERE,
                                                              .entry = FTBLAB_NOWHERE};
}

/* The item of a line; items are in the order of lines, a ghost behind the record whose line it has. NULL: none. */
static ftblab_seq_item *item_of_line(const ftblab_sequence *sequence, uint64_t line)
{
  size_t low = 0, high = sequence->item_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (sequence->items[middle].record.line < line)
      low = middle + 1;
    else
      high = middle;
  }
  return low < sequence->item_count && sequence->items[low].record.line == line ? &sequence->items[low] : NULL;
}

/* A ghost has the line and time of the record that it stands behind, so that items stay in order. */
static ftblab_status collect_items(ftblab_sequence *sequence, const ftblab_log *log, const ftblab_marks *marks,
                                   ftblab_error *err)
{
  size_t most = count_operations(marks), next = 0;
  ghost *ghosts = calloc(most + 1, sizeof *ghosts);
  sequence->items = calloc(log->count + most + 1, sizeof *sequence->items);
  if (!ghosts || !sequence->items) {
    free(ghosts);
    return no_memory(err);
  }
  size_t count = collect_ghosts(marks, ghosts);
  ftblab_record last = {.t = log->count > 0 ? log->records[0].t : 0};
  for (size_t i = 0; i <= log->count; i++) {
    for (; next < count && (i == log->count || ghosts[next].after < log->records[i].line); next++) {
      ghosts[next].record.line = last.line;
      ghosts[next].record.t = last.t;
      add_item(sequence, &ghosts[next].record, ghosts[next].finding, true);
    }
    if (i == log->count)
      break;
    add_item(sequence, &log->records[i], 0, false);
    last = log->records[i];
  }
  free(ghosts);
  return FTBLAB_OK;
}

static ftblab_status link_items(ftblab_sequence *sequence, const ftblab_spec *spec, ftblab_error *err)
{
  ftblab_links *links = NULL;
  ftblab_status status = ftblab_links_new(spec, &links, err);
  for (size_t i = 0; i < sequence->item_count && status == FTBLAB_OK; i++) {
    ftblab_seq_item *item = &sequence->items[i];
    if (item->record.action == FTBLAB_THROW && !ftblab_links_throw(links, &item->record, i))
      status = no_memory(err);
    else if (item->record.action == FTBLAB_CATCH)
      item->link = ftblab_links_find(links, &item->record);
  }
  ftblab_links_free(links);
  return status;
}

static void blame_items(ftblab_sequence *sequence, const ftblab_marks *marks)
{
  for (size_t i = 0; i < marks->finding_count; i++) {
    ftblab_seq_item *item = item_of_line(sequence, ftblab_number_at(marks->findings[i].violation, "line"));
    if (item && item->finding == 0)
      item->finding = marks->findings[i].number;
  }
}

/* ---- choosing -------------------------------------------------------------------------------------------- */

typedef struct choice {
  ftblab_sequence *sequence;
  size_t room; /* how many more records may be chosen */
} choice;

/* A catch brings its throw with it. */
static void choose(choice *c, size_t index)
{
  ftblab_seq_item *item = &c->sequence->items[index];
  if (item->chosen || c->room == 0)
    return;
  item->chosen = true;
  c->room--;
  if (item->link != FTBLAB_NOWHERE)
    choose(c, item->link);
}

static void choose_around(choice *c, size_t index)
{
  size_t first = index > NEIGHBOURS ? index - NEIGHBOURS : 0;
  choose(c, index);
  for (size_t i = first; i <= index + NEIGHBOURS && i < c->sequence->item_count; i++)
    if (c->sequence->items[i].record.action != FTBLAB_REGISTER)
      choose(c, i);
}

static void choose_line(choice *c, uint64_t line)
{
  const ftblab_seq_item *item = line > 0 ? item_of_line(c->sequence, line) : NULL;
  if (item)
    choose(c, (size_t)(item - c->sequence->items));
}

static void choose_instance(choice *c, const cJSON *in)
{
  for (const cJSON *step = ftblab_list_at(in, "steps"); step; step = step->next)
    choose_line(c, ftblab_number_at(step, "line"));
}

/* First what is wrong and what it goes back to, then the instances that it is wrong in, then the first others, then
 * failures. */
static void choose_what_matters(ftblab_sequence *sequence, const cJSON *verdict, const ftblab_marks *marks, size_t room)
{
  choice c = {sequence, room};
  for (size_t i = 0; i < sequence->item_count; i++)
    sequence->items[i].chosen = false;
  for (size_t i = 0; i < sequence->item_count; i++)
    if (sequence->items[i].finding > 0)
      choose_around(&c, i);
  for (size_t i = 0; i < marks->finding_count; i++)
    for (const cJSON *link = ftblab_list_at(marks->findings[i].violation, "chain"); link; link = link->next)
      choose_line(&c, ftblab_number_at(link, "line"));
  for (int wrong = 1; wrong >= 0; wrong--)
    for (const cJSON *in = ftblab_list_at(verdict, "instances"); in; in = in->next)
      if ((strcmp(ftblab_string_at(in, "verdict"), "violates") == 0) == wrong)
        choose_instance(&c, in);
  for (size_t i = 0; i < sequence->item_count; i++)
    if (ftblab_is_failure(&sequence->items[i].record))
      choose(&c, i);
  for (size_t i = 0; i < sequence->item_count && marks->instance_count + marks->finding_count == 0; i++)
    choose(&c, i);
}

/* ---- entries --------------------------------------------------------------------------------------------- */

static ftblab_seq_entry *add_entry(ftblab_sequence *sequence, ftblab_seq_kind kind, const ftblab_seq_item *item)
{
  if (sequence->entry_count == sequence->entry_capacity) {
    size_t capacity = sequence->entry_capacity ? 2 * sequence->entry_capacity : 64;
    ftblab_seq_entry *grown = realloc(sequence->entries, capacity * sizeof *grown);
    if (!grown)
      return NULL;
    sequence->entries = grown;
    sequence->entry_capacity = capacity;
  }
  ftblab_seq_entry *entry = &sequence->entries[sequence->entry_count++];
  *entry = (ftblab_seq_entry){.kind = kind, .item = item, .lane = FTBLAB_NOWHERE, .from = FTBLAB_NOWHERE};
  return entry;
}

/* FTBLAB_NOWHERE: no memory. */
static size_t lane_of(ftblab_sequence *sequence, const ftblab_spec *spec, ftblab_slice component)
{
  static const char others[] = "Others";
  const char *name = ftblab_spec_role_name(spec, component);
  ftblab_slice known = name ? ftblab_string_slice(name) : component;
  uint32_t number = ftblab_names_find(sequence->lanes, known.data, known.length);
  if (number == FTBLAB_NO_NAME && ftblab_names_count(sequence->lanes) >= MOST_LANES - 1)
    number = ftblab_names_add(sequence->lanes, others, sizeof others - 1);
  else if (number == FTBLAB_NO_NAME)
    number = ftblab_names_add(sequence->lanes, known.data, known.length);
  return number == FTBLAB_NO_NAME ? FTBLAB_NOWHERE : number;
}

/* Is WORD one of the words since the last '#', which begins those of another instance? */
static bool has_word(const ftblab_text *words, const ftblab_text *word)
{
  const char *at = strrchr(ftblab_text_string(words), '#');
  at = at ? at : ftblab_text_string(words);
  while ((at = strstr(at, ftblab_text_string(word)))) {
    bool starts = at == words->data || at[-1] == ' ' || at[-1] == ':';
    at += word->length;
    if (starts && (*at == ' ' || *at == '\0'))
      return true;
  }
  return false;
}

/* Each once: all ranks catch the same event in the same row. */
static void add_word(ftblab_text *words, ftblab_text *word)
{
  if (words->length < STEPS_ROOM && !has_word(words, word)) {
    ftblab_text_add(words, words->length > 0 ? " " : "");
    ftblab_text_add(words, ftblab_text_string(word));
  }
  ftblab_text_clear(word);
}

/* The rows that the record of ITEM satisfies: as they are in STEPS, and in those of the entry, there with the instance
 * where there are several. */
static void add_steps(const ftblab_marks *marks, const ftblab_seq_item *item, ftblab_text *steps,
                      ftblab_seq_entry *entry)
{
  ftblab_text *all = &entry->all_steps;
  const ftblab_row_mark *mark = item->ghost ? NULL : ftblab_marks_of_line(marks, item->record.line);
  ftblab_text word = {0};
  for (; mark && mark < marks->rows + marks->row_count && mark->line == item->record.line; mark++) {
    ftblab_text_add(&word, mark->step);
    add_word(steps, &word);
    if (marks->instance_count > 1 && mark->instance != entry->last_instance)
      ftblab_text_addf(&word, "#%zu:", mark->instance);
    entry->last_instance = mark->instance;
    ftblab_text_add(&word, mark->step);
    add_word(all, &word);
  }
  ftblab_done_words(&word, all);
}

static bool add_end(ftblab_seq_entry *entry, const ftblab_marks *marks, const ftblab_seq_item *item, size_t lane)
{
  size_t at = 0;
  while (at < entry->end_count && (entry->ends[at].lane != lane || entry->ends[at].finding != item->finding))
    at++;
  if (at == entry->end_count) {
    ftblab_seq_end *grown = realloc(entry->ends, (at + 1) * sizeof *grown);
    if (!grown)
      return false;
    entry->ends = grown;
    entry->ends[entry->end_count++] = (ftblab_seq_end){.lane = lane, .finding = item->finding, .ghost = item->ghost};
  }
  entry->ends[at].count++;
  add_steps(marks, item, &entry->ends[at].steps, entry);
  return true;
}

/* Where a catch is drawn: with its throw while nothing else has come since, else further down. */
static ftblab_seq_entry *entry_of_catch(ftblab_sequence *sequence, const ftblab_seq_item *item)
{
  size_t from = item->link == FTBLAB_NOWHERE ? FTBLAB_NOWHERE : sequence->items[item->link].entry;
  ftblab_seq_entry *last = sequence->entry_count > 0 ? &sequence->entries[sequence->entry_count - 1] : NULL;
  if (from != FTBLAB_NOWHERE && from + 1 == sequence->entry_count)
    return last;
  if (from != FTBLAB_NOWHERE && last && last->kind == FTBLAB_SEQ_CATCH && last->from == from)
    return last;
  last = add_entry(sequence, FTBLAB_SEQ_CATCH, item);
  if (last)
    last->from = from;
  return last;
}

static bool draw_item(ftblab_sequence *sequence, const ftblab_spec *spec, const ftblab_marks *marks,
                      ftblab_seq_item *item)
{
  ftblab_seq_entry *entry;
  if (item->record.action == FTBLAB_FACT)
    return add_entry(sequence, FTBLAB_SEQ_FACT, item) != NULL;
  size_t lane = lane_of(sequence, spec, item->record.component);
  if (lane == FTBLAB_NOWHERE)
    return false;
  if (item->record.action == FTBLAB_CATCH) {
    entry = entry_of_catch(sequence, item);
    return entry && add_end(entry, marks, item, lane);
  }
  bool thrown = item->record.action == FTBLAB_THROW;
  entry = add_entry(sequence, thrown ? FTBLAB_SEQ_THROW : FTBLAB_SEQ_REGISTER, item);
  if (!entry)
    return false;
  entry->lane = lane;
  item->entry = sequence->entry_count - 1;
  add_steps(marks, item, &entry->steps, entry);
  return !entry->all_steps.failed;
}

static void drop_entries(ftblab_sequence *sequence)
{
  for (size_t i = 0; i < sequence->entry_count; i++) {
    ftblab_seq_entry *entry = &sequence->entries[i];
    for (size_t e = 0; e < entry->end_count; e++)
      ftblab_text_free(&entry->ends[e].steps);
    free(entry->ends);
    ftblab_text_free(&entry->steps);
    ftblab_text_free(&entry->all_steps);
  }
  sequence->entry_count = 0;
}

/* Make the entries of what is chosen; stop when there are more than MOST, but for those that say what is left out. */
static ftblab_status make_entries(ftblab_sequence *sequence, const ftblab_spec *spec, const ftblab_marks *marks,
                                  size_t most, ftblab_error *err)
{
  size_t skipped = 0;
  drop_entries(sequence);
  ftblab_names_free(sequence->lanes);
  sequence->lanes = ftblab_names_new();
  sequence->registrations = sequence->left_out = 0;
  if (!sequence->lanes)
    return no_memory(err);
  for (size_t i = 0; i < sequence->item_count && sequence->entry_count <= most; i++) {
    ftblab_seq_item *item = &sequence->items[i];
    item->entry = FTBLAB_NOWHERE;
    if (item->record.action == FTBLAB_REGISTER && item->finding == 0) {
      sequence->registrations++;
      continue;
    }
    if (!item->chosen) {
      skipped++;
      sequence->left_out++;
      continue;
    }
    if (skipped > 0) {
      ftblab_seq_entry *gap = add_entry(sequence, FTBLAB_SEQ_LEFT_OUT, NULL);
      if (!gap)
        return no_memory(err);
      gap->left_out = skipped;
      skipped = 0;
    }
    if (!draw_item(sequence, spec, marks, item))
      return no_memory(err);
  }
  if (skipped > 0) {
    ftblab_seq_entry *gap = add_entry(sequence, FTBLAB_SEQ_LEFT_OUT, NULL);
    if (!gap)
      return no_memory(err);
    gap->left_out = skipped;
  }
  return FTBLAB_OK;
}

ftblab_status ftblab_sequence_make(const ftblab_report *report, const ftblab_subject *subject, size_t most,
                                   ftblab_sequence *sequence, ftblab_error *err)
{
  const cJSON *verdict = ftblab_subject_verdict(subject);
  ftblab_marks marks = {0};
  ftblab_status status = ftblab_marks_make(verdict, &marks, err);
  if (status == FTBLAB_OK)
    status = collect_items(sequence, &subject->log, &marks, err);
  if (status == FTBLAB_OK)
    status = link_items(sequence, report->spec, err);
  if (status == FTBLAB_OK) {
    blame_items(sequence, &marks);
    status = make_entries(sequence, report->spec, &marks, most, err);
  }
  if (status == FTBLAB_OK && sequence->entry_count > most) {
    choose_what_matters(sequence, verdict, &marks, most);
    status = make_entries(sequence, report->spec, &marks, SIZE_MAX, err);
  }
  ftblab_marks_free(&marks);
  return status;
}

void ftblab_sequence_free(ftblab_sequence *sequence)
{
  drop_entries(sequence);
  free(sequence->entries);
  free(sequence->items);
  ftblab_names_free(sequence->lanes);
}
