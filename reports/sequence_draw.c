/* sequence_draw.c - draws a sequence diagram. Roles are lanes, time goes down, a throw is an arrow to each role that
 * caught it. What must hold: what is wrong is told by a cross, a dash pattern and a number besides its colour, and the
 * picture's size is bounded by the number of its entries. */
#include "sequence.h"

#include <math.h>
#include <string.h>

/* Pixels; chosen by eye in a browser, no source. */
#define LEFT 160 /* the columns of time and line */
#define TIME_END 102
#define LINE_END 152
#define RIGHT 150 /* the column of rows */
#define HEADER 58
#define ENTRY 44
#define FACT_ENTRY 34
#define FOLD 26
#define TIP_ROOM 2000 /* characters of a payload in a tool tip; the trace has the rest */
#define CHARACTER 7.2 /* of a label, about */
#define FOLDED 20     /* a pause is folded from this part of the drawn time on */

typedef struct canvas {
  const ftblab_subject *subject;
  const ftblab_sequence *sequence;
  ftblab_text *text;
  size_t number; /* of the subject in its page, for links */
  bool linked;   /* findings are in the same page */
  double pitch, width;
  int64_t origin, fold; /* pauses as long as FOLD are folded */
} canvas;

static double lane_x(const canvas *c, size_t lane)
{
  return LEFT + c->pitch * ((double)lane + 0.5);
}

static double lanes_end(const canvas *c)
{
  return c->width - RIGHT;
}

/* ---- lanes ------------------------------------------------------------------------------------------------ */

/* In two lines where the name has a blank. */
static void draw_head(const canvas *c, const char *name, double x, double y)
{
  size_t room = (size_t)((c->pitch - 12) / CHARACTER);
  const char *blank = strchr(name, ' ');
  ftblab_text first = {0};
  if (!blank) {
    ftblab_svg_label(c->text, x, y + 24, "head", "middle", name, room);
    return;
  }
  ftblab_text_add_bytes(&first, name, (size_t)(blank - name));
  ftblab_svg_label(c->text, x, y + 16, "head", "middle", ftblab_text_string(&first), room);
  ftblab_svg_label(c->text, x, y + 31, "head", "middle", blank + 1, room);
  ftblab_done_words(&first, c->text);
}

static void draw_heads(const canvas *c, double y)
{
  for (size_t lane = 0; lane < ftblab_names_count(c->sequence->lanes); lane++) {
    double x = lane_x(c, lane);
    ftblab_text_addf(c->text, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"38\" rx=\"4\" class=\"lanebox\"/>\n",
                     x - c->pitch / 2 + 4, y, c->pitch - 8);
    draw_head(c, ftblab_names_string(c->sequence->lanes, (uint32_t)lane), x, y);
  }
}

static void draw_lanes(const canvas *c, double bottom)
{
  draw_heads(c, 10);
  draw_heads(c, bottom);
  for (size_t lane = 0; lane < ftblab_names_count(c->sequence->lanes); lane++)
    ftblab_svg_line(c->text, lane_x(c, lane), 48, lane_x(c, lane), bottom, "lane");
  ftblab_svg_label(c->text, TIME_END, 40, "quiet", "end", "time (s)", 0);
  ftblab_svg_label(c->text, LINE_END, 40, "quiet", "end", "line", 0);
  ftblab_svg_label(c->text, lanes_end(c) + 10, 40, "quiet", "start", "rows of the table", 0);
}

/* ---- pieces of an entry ------------------------------------------------------------------------------------ */

static void draw_finding(const canvas *c, size_t finding, double x, double y, const char *anchor)
{
  ftblab_text words = {0};
  if (finding == 0)
    return;
  ftblab_text_addf(&words, "F%zu", finding);
  if (c->linked)
    ftblab_text_addf(c->text, "<a href=\"#s%zuf%zu\">", c->number, finding);
  ftblab_svg_label(c->text, x, y, "badtext", anchor, ftblab_text_string(&words), 0);
  if (c->linked)
    ftblab_text_add(c->text, "</a>");
  ftblab_done_words(&words, c->text);
}

/* RECORD as one line of text; the whole of it is in the tool tip. */
static void draw_words(const canvas *c, const ftblab_record *record, const char *class, const char *before,
                       bool payload, double x, double y, size_t room)
{
  ftblab_text words = {0};
  ftblab_text_add_bytes(&words, record->event.data, record->event.length);
  if (record->payload.length > 0) {
    ftblab_text_add(&words, " ");
    ftblab_text_add_bytes(&words, record->payload.data, record->payload.length);
  }
  ftblab_text_add(c->text, "<g><title>");
  ftblab_add_escaped(c->text, (ftblab_slice){ftblab_text_string(&words), words.length}, TIP_ROOM);
  ftblab_text_addf(c->text, "</title><text x=\"%.1f\" y=\"%.1f\" class=\"%s\">%s", x, y, class, before);
  ftblab_add_escaped(c->text, record->event, room);
  if (payload && record->payload.length > 0 && record->event.length + 2 < room) {
    ftblab_text_add(c->text, "<tspan class=\"payload\" dx=\"7\">");
    ftblab_add_escaped(c->text, record->payload, room - record->event.length - 1);
    ftblab_text_add(c->text, "</tspan>");
  }
  ftblab_text_add(c->text, "</text></g>\n");
  ftblab_done_words(&words, c->text);
}

/* The event and its payload above an entry, from X on or so far to the left that they stay within the lanes. */
static void draw_event(const canvas *c, const ftblab_seq_entry *entry, double x, const char *before)
{
  const ftblab_record *record = &entry->item->record;
  size_t length = strlen(before) + record->event.length + record->payload.length;
  double wide = CHARACTER * (double)(length + 2), room = lanes_end(c) - LEFT - 12;
  x = x + wide > lanes_end(c) ? lanes_end(c) - wide : x;
  x = x < LEFT + 6 ? LEFT + 6 : x;
  draw_words(c, record, "event", before, true, x, entry->y - 8, (size_t)(room / CHARACTER) - strlen(before));
}

/* Catches further down: the event alone, on a side that no arrow comes from. */
static void draw_late_catch(const canvas *c, const ftblab_seq_entry *entry, const ftblab_seq_entry *from)
{
  const ftblab_record *record = &entry->item->record;
  size_t room = (size_t)((lanes_end(c) - LEFT - 12) / CHARACTER);
  double wide = CHARACTER * (double)(record->event.length < room ? record->event.length : room);
  size_t first = entry->ends[0].lane, last = first;
  for (size_t e = 1; e < entry->end_count; e++) {
    first = entry->ends[e].lane < first ? entry->ends[e].lane : first;
    last = entry->ends[e].lane > last ? entry->ends[e].lane : last;
  }
  double x = lane_x(c, last) + (last == from->lane ? 34 : 10);
  if (last < from->lane && lane_x(c, first) - 8 - wide > LEFT)
    x = lane_x(c, first) - 8 - wide;
  if (x + wide > lanes_end(c))
    x = lanes_end(c) - wide;
  draw_words(c, record, "event", "", false, x, entry->y + 4, room);
}

/* A straight arrow; its tip stands at X2, Y2. */
static void draw_arrow(const canvas *c, double x1, double y1, double x2, double y2, bool bad, bool ghost)
{
  double length = hypot(x2 - x1, y2 - y1), ux = (x2 - x1) / length, uy = (y2 - y1) / length;
  double bx = x2 - 9 * ux, by = y2 - 9 * uy;
  ftblab_svg_line(c->text, x1, y1, bx, by, ghost ? "ghost" : bad ? "bad" : "arrow");
  ftblab_text_addf(c->text, "<polygon points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\" class=\"%s\"/>\n", x2, y2, bx - 4.5 * uy,
                   by + 4.5 * ux, bx + 4.5 * uy, by - 4.5 * ux, bad || ghost ? "badtip" : "tip");
}

/* A role that catches what it threw itself. */
static void draw_loop(const canvas *c, double x, double y, bool bad, bool ghost)
{
  ftblab_text_addf(c->text, "<path d=\"M%.1f,%.1f h22 v12 h-14\" class=\"%s\"/>\n", x, y,
                   ghost ? "ghost"
                   : bad ? "bad"
                         : "arrow");
  ftblab_text_addf(c->text, "<polygon points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\" class=\"%s\"/>\n", x, y + 12, x + 9,
                   y + 7.5, x + 9, y + 16.5, bad || ghost ? "badtip" : "tip");
}

/* Step numbers, how many caught, and what is wrong, under the tip of an arrow that comes from the left or right. */
static void draw_tip_words(const canvas *c, const ftblab_seq_end *end, double x, double y, bool from_left)
{
  ftblab_text words = {0};
  const char *anchor = from_left ? "end" : "start";
  double at = from_left ? x - 6 : x + 6;
  if (end->count > 1)
    ftblab_text_addf(&words, "×%zu ", end->count);
  ftblab_text_add(&words, ftblab_text_string(&end->steps));
  if (words.length > 0)
    ftblab_svg_label(c->text, at, y + 14, "step", anchor, ftblab_text_string(&words), 18);
  if (end->finding > 0) {
    ftblab_svg_mark(c->text, FTBLAB_MARK_CROSS, x, y, "bad");
    draw_finding(c, end->finding, from_left ? at - 2 : at + 2, words.length > 0 ? y + 27 : y + 15, anchor);
  }
  ftblab_done_words(&words, c->text);
}

static void draw_end(const canvas *c, const ftblab_seq_end *end, const ftblab_seq_entry *from, double y)
{
  double x = lane_x(c, end->lane);
  bool bad = end->finding > 0;
  if (bad) /* aside of what came well */
    y += 10;
  if (!from) { /* nobody threw it */
    ftblab_text_addf(c->text, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"badtip\"/>\n", x - 44, y);
    draw_arrow(c, x - 44, y, x, y, bad, true);
    draw_tip_words(c, end, x, y, true);
    return;
  }
  double start = lane_x(c, from->lane);
  if (end->lane != from->lane)
    draw_arrow(c, start, from->y, x, y, bad, end->ghost);
  else if (from->y + 11 < y)
    draw_arrow(c, x + 26, y, x, y, bad, end->ghost);
  else
    draw_loop(c, x, y, bad, end->ghost);
  if (end->lane == from->lane && from->y + 11 >= y)
    draw_tip_words(c, end, x + 18, y, false);
  else
    draw_tip_words(c, end, x, y, start < x);
}

static void draw_origin(const canvas *c, const ftblab_seq_entry *entry)
{
  double x = lane_x(c, entry->lane), y = entry->y;
  bool to_right = true;
  for (size_t e = 0; e < entry->end_count; e++)
    to_right = to_right && entry->ends[e].lane >= entry->lane;
  const char *anchor = to_right ? "end" : "start";
  double at = to_right ? x - 7 : x + 7;
  if (entry->item->finding > 0) {
    ftblab_svg_mark(c->text, FTBLAB_MARK_CROSS, x, y, "bad");
    draw_finding(c, entry->item->finding, at, y + 17, anchor);
  } else {
    ftblab_text_addf(c->text, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"tip\"/>\n", x, y);
  }
  if (entry->steps.length > 0)
    ftblab_svg_label(c->text, at, y + 4, "step", anchor, ftblab_text_string(&entry->steps), 14);
}

/* ---- entries ----------------------------------------------------------------------------------------------- */

static void draw_message(const canvas *c, const ftblab_seq_entry *entry)
{
  const ftblab_seq_entry *from =
      entry->kind == FTBLAB_SEQ_CATCH && entry->from != FTBLAB_NOWHERE ? &c->sequence->entries[entry->from] : NULL;
  if (entry->kind != FTBLAB_SEQ_CATCH)
    from = entry;
  double left = from ? lane_x(c, from->lane) : lanes_end(c);
  for (size_t e = 0; e < entry->end_count; e++)
    left = lane_x(c, entry->ends[e].lane) < left ? lane_x(c, entry->ends[e].lane) : left;
  /* words first: arrows are drawn over them */
  if (entry->kind == FTBLAB_SEQ_CATCH && from && !entry->item->ghost)
    draw_late_catch(c, entry, from);
  else
    draw_event(c, entry, left + 8,
               entry->item->ghost                   ? "missing: "
               : entry->kind == FTBLAB_SEQ_REGISTER ? "registers "
                                                    : "");
  for (int bad = 1; bad >= 0; bad--) /* what went well over it: its step numbers are to be read */
    for (size_t e = 0; e < entry->end_count; e++)
      if ((entry->ends[e].finding > 0) == (bad == 1))
        draw_end(c, &entry->ends[e], from, entry->y);
  if (entry->kind != FTBLAB_SEQ_CATCH)
    draw_origin(c, entry);
}

static void draw_fact(const canvas *c, const ftblab_seq_entry *entry)
{
  bool failure = ftblab_is_failure(&entry->item->record);
  ftblab_text_addf(c->text, "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"24\" rx=\"3\" class=\"%s\"/>\n",
                   LEFT + 4, entry->y - 12, lanes_end(c) - LEFT - 8, failure ? "failure" : "fact");
  ftblab_svg_mark(c->text, failure ? FTBLAB_MARK_CROSS : FTBLAB_MARK_STAR, LEFT + 18, entry->y,
                  failure ? "bad" : "sign");
  const ftblab_record *record = &entry->item->record;
  double end = lanes_end(c) - 12, note_width = CHARACTER * (double)record->note.length;
  if (record->note.length > 0 && note_width < 160) {
    ftblab_text_addf(c->text, "<text x=\"%.1f\" y=\"%.1f\" class=\"quiet\" text-anchor=\"end\">", end, entry->y + 4);
    ftblab_add_escaped(c->text, record->note, 0);
    ftblab_text_add(c->text, "</text>\n");
    end -= note_width + 12;
  }
  if (entry->item->finding > 0) {
    draw_finding(c, entry->item->finding, end, entry->y + 4, "end");
    end -= 30;
  }
  draw_words(c, record, "plain", "", true, LEFT + 32, entry->y + 4, (size_t)((end - LEFT - 44) / CHARACTER));
}

static void draw_left_out(const canvas *c, const ftblab_seq_entry *entry)
{
  ftblab_text words = {0};
  ftblab_text_addf(&words, "… %zu record%s left out …", entry->left_out, entry->left_out == 1 ? "" : "s");
  ftblab_svg_label(c->text, (LEFT + lanes_end(c)) / 2, entry->y + 4, "event", "middle", ftblab_text_string(&words), 0);
  ftblab_done_words(&words, c->text);
}

/* Time, line and rows beside an entry. */
static void draw_margins(const canvas *c, const ftblab_seq_entry *entry)
{
  ftblab_text words = {0};
  if (!entry->item->ghost) {
    ftblab_add_moment(&words, ftblab_elapsed(c->origin, entry->item->record.t));
    ftblab_svg_label(c->text, TIME_END, entry->y + 4, "number", "end", ftblab_text_string(&words), 0);
    ftblab_text_clear(&words);
    ftblab_text_addf(&words, "%llu", (unsigned long long)entry->item->record.line);
    ftblab_svg_label(c->text, LINE_END, entry->y + 4, "quiet number", "end", ftblab_text_string(&words), 0);
  }
  if (entry->all_steps.length > 0)
    ftblab_svg_label(c->text, lanes_end(c) + 10, entry->y + 4, "step", "start", ftblab_text_string(&entry->all_steps),
                     20);
  ftblab_done_words(&words, c->text);
}

/* ---- time -------------------------------------------------------------------------------------------------- */

static const ftblab_seq_entry *entry_before(const ftblab_sequence *sequence, size_t at)
{
  while (at-- > 0)
    if (sequence->entries[at].item)
      return &sequence->entries[at];
  return NULL;
}

/* How long nothing happened before entry AT. */
static int64_t pause_before(const ftblab_sequence *sequence, size_t at)
{
  const ftblab_seq_entry *before = entry_before(sequence, at), *entry = &sequence->entries[at];
  return before && entry->item ? ftblab_elapsed(before->item->record.t, entry->item->record.t) : 0;
}

static bool is_folded(const canvas *c, size_t at)
{
  return pause_before(c->sequence, at) >= c->fold;
}

/* Give every entry its place; returns where the last one ends. */
static double place_entries(const canvas *c, ftblab_sequence *sequence)
{
  double y = HEADER;
  for (size_t i = 0; i < sequence->entry_count; i++) {
    bool flat = sequence->entries[i].kind == FTBLAB_SEQ_FACT || sequence->entries[i].kind == FTBLAB_SEQ_LEFT_OUT;
    y += is_folded(c, i) ? FOLD : 0;
    y += flat ? FACT_ENTRY / 2.0 : ENTRY / 2.0 + 4;
    sequence->entries[i].y = y;
    y += flat ? FACT_ENTRY / 2.0 : ENTRY / 2.0;
  }
  return y + 10;
}

/* A zigzag across the axis of time, and how much of it is folded there. */
static void draw_fold(const canvas *c, size_t at)
{
  const ftblab_seq_entry *entry = &c->sequence->entries[at];
  bool flat = entry->kind == FTBLAB_SEQ_FACT;
  double y = entry->y - (flat ? FACT_ENTRY / 2.0 : ENTRY / 2.0 + 4) - FOLD / 2.0;
  ftblab_text words = {0};
  ftblab_add_duration(&words, pause_before(c->sequence, at));
  ftblab_text_add(&words, " pass");
  ftblab_text_addf(c->text, "<path d=\"M%d,%.1f", LEFT, y);
  for (int i = 0; i < (int)((lanes_end(c) - LEFT) / 24); i++)
    ftblab_text_add(c->text, " l6,-4 l12,8 l6,-4");
  ftblab_text_add(c->text, "\" class=\"fold\"/>\n");
  ftblab_svg_label(c->text, LINE_END, y + 4, "quiet", "end", ftblab_text_string(&words), 0);
  ftblab_done_words(&words, c->text);
}

static int64_t drawn_time(const ftblab_sequence *sequence)
{
  const ftblab_seq_item *first = NULL, *last = NULL;
  for (size_t i = 0; i < sequence->entry_count; i++) {
    const ftblab_seq_item *item = sequence->entries[i].item;
    first = first ? first : item;
    last = item ? item : last;
  }
  return first ? ftblab_elapsed(first->record.t, last->record.t) : 0;
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static void draw_entries(const canvas *c)
{
  for (size_t i = 0; i < c->sequence->entry_count; i++) {
    const ftblab_seq_entry *entry = &c->sequence->entries[i];
    if (is_folded(c, i))
      draw_fold(c, i);
    if (entry->kind == FTBLAB_SEQ_LEFT_OUT) {
      draw_left_out(c, entry);
      continue;
    }
    if (entry->kind == FTBLAB_SEQ_FACT)
      draw_fact(c, entry);
    else
      draw_message(c, entry);
    draw_margins(c, entry);
  }
}

static void tell(const canvas *c, ftblab_text *note)
{
  const ftblab_sequence *sequence = c->sequence;
  if (c->origin != 0) {
    ftblab_text_add(note, "Times count from ");
    ftblab_time_write(c->origin, note);
    ftblab_text_add(note, " s. ");
  }
  if (sequence->registrations > 0)
    ftblab_text_addf(note, "Not drawn: %zu registration%s. ", sequence->registrations,
                     sequence->registrations == 1 ? "" : "s");
  if (sequence->left_out > 0)
    ftblab_text_addf(
        note, "Left out: %zu records; drawn is what findings speak of, then the instances above, then failures. ",
        sequence->left_out);
}

static double pitch_for(size_t lanes)
{
  return lanes <= 5 ? 150 : lanes <= 8 ? 124 : 108;
}

ftblab_status ftblab_draw_sequence(const ftblab_report *report, const ftblab_subject *subject, size_t number,
                                   bool style, ftblab_text *text, ftblab_text *note, ftblab_error *err)
{
  ftblab_sequence sequence = {0};
  ftblab_text title = {0}, description = {0};
  ftblab_status status = ftblab_sequence_make(report, subject, report->options.entries, &sequence, err);
  if (status == FTBLAB_OK) {
    size_t lanes = ftblab_names_count(sequence.lanes);
    canvas c = {.subject = subject, .sequence = &sequence, .text = text, .number = number, .linked = !style};
    int64_t time = drawn_time(&sequence);
    c.pitch = pitch_for(lanes);
    c.width = LEFT + RIGHT + c.pitch * (double)(lanes > 3 ? lanes : 3);
    c.origin = ftblab_time_origin(&subject->log);
    c.fold = time / FOLDED > 0 ? time / FOLDED : 1;
    double bottom = place_entries(&c, &sequence);
    tell(&c, note);
    ftblab_text_addf(&title, "Sequence of events in %s", subject->name);
    ftblab_text_addf(
        &description,
        "Lanes are roles, time goes down; arrows go from the throw of an event to its catches. %zu entries. "
        "The table of each workflow says the same in words. %s",
        sequence.entry_count, ftblab_text_string(note));
    ftblab_svg_begin(text, c.width, bottom + 50, style, 2 * number, ftblab_text_string(&title),
                     ftblab_text_string(&description));
    draw_lanes(&c, bottom);
    draw_entries(&c);
    ftblab_svg_end(text);
  }
  ftblab_done_words(&title, text);
  ftblab_done_words(&description, text);
  ftblab_sequence_free(&sequence);
  return status;
}
