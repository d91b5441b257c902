/* spec_list.c - what there is: workflows by family, events by section. */
#include "spec_render.h"

#include <string.h>

static void list_workflows(const ftblab_spec *spec, ftblab_text *text)
{
  ftblab_text_add(text, "Workflows\n");
  for (size_t w = 0; w < spec->workflow_count; w++) {
    const ftblab_workflow *workflow = &spec->workflows[w];
    const ftblab_family *family = &spec->families[workflow->family];
    if (w == 0 || workflow->family != spec->workflows[w - 1].family)
      ftblab_text_addf(text, "\n  %-20s%s\n", family->id, family->title);
    ftblab_text_addf(text, "    %-20s%s", workflow->id, workflow->title);
    ftblab_render_column(text, 76);
    ftblab_text_addf(text, "%2zu rows, %d phase%s%s\n", workflow->row_count, workflow->phase_count,
                     workflow->phase_count == 1 ? "" : "s",
                     workflow->by_name ? ", derived, by name"
                     : workflow->basis ? ", derived"
                                       : "");
  }
}

static void list_event(const ftblab_event *event, ftblab_text *text)
{
  ftblab_text_addf(text, "    %s", event->name);
  ftblab_render_column(text, 38);
  ftblab_text_addf(text, "%s", event->is_fact ? "" : event->channel ? ftblab_render_channel(event->channel) : "-");
  if (event->alias_count) {
    ftblab_render_column(text, 50);
    ftblab_text_add(text, event->aliases[0]);
    for (size_t i = 1; i < event->alias_count; i++)
      ftblab_text_addf(text, ", %s", event->aliases[i]);
  }
  if (event->possible || (!event->in_section_2 && event->severity)) {
    ftblab_render_column(text, 50);
    ftblab_text_addf(text, "%s%s%s", event->possible ? "possible" : "", event->possible && event->severity ? ", " : "",
                     event->severity ? event->severity : "");
  }
  while (text->length && text->data[text->length - 1] == ' ')
    text->data[--text->length] = '\0';
  ftblab_text_add(text, "\n");
}

static void list_events(const ftblab_spec *spec, ftblab_text *text)
{
  ftblab_text_add(text, "\nEvents: channel by section 2, name in the workflow tables (of the libraries: severity)\n");
  for (size_t e = 0; e < spec->event_count; e++) {
    const ftblab_event *event = &spec->events[e];
    if (e == 0 || strcmp(event->section, spec->events[e - 1].section) != 0)
      ftblab_text_addf(text, "\n  %s%s\n",
                       event->in_section_2  ? "Section "
                       : event->is_fact     ? "Ground truth: "
                       : event->in_appendix ? "Appendix "
                                            : "Other documents: ",
                       event->section);
    list_event(event, text);
  }
}

ftblab_status ftblab_spec_list(const ftblab_spec *spec, ftblab_text *text, ftblab_error *err)
{
  list_workflows(spec, text);
  list_events(spec, text);
  return ftblab_render_done(text, err);
}

void ftblab_spec_by_name(const ftblab_spec *spec, ftblab_text *text)
{
  const char *separator = "";
  for (size_t w = 0; w < spec->workflow_count; w++)
    if (spec->workflows[w].by_name) {
      ftblab_text_addf(text, "%s%s", separator, spec->workflows[w].id);
      separator = ",";
    }
}
